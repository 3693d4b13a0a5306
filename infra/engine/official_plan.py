"""The stack as the CLI's preview tells that it would be."""

from __future__ import annotations

from collections.abc import Iterable

from infra.engine.events import Op, StateView, StepView
from infra.engine.interface import PlannedResource

GONE = frozenset({Op.DELETE, Op.DELETE_REPLACED, Op.DISCARD_REPLACED, Op.READ_DISCARD, Op.REMOVE_PENDING_REPLACE})


def planned(steps: Iterable[StepView]) -> list[PlannedResource]:
    """What remains after the steps, each resource as its last step leaves it."""
    last = {step.urn: step for step in steps if step.op not in GONE}
    return [_resource(step, step.new) for step in last.values() if step.new is not None]


def _resource(step: StepView, new: StateView) -> PlannedResource:
    return PlannedResource(
        urn=step.urn,
        type=step.type,
        name=step.urn.split("::", 3)[3],
        op=step.op,
        inputs=new.inputs,
        outputs=new.outputs,
        custom=new.custom,
        parent=new.parent,
        provider=new.provider,
        protect=new.protect,
        retain_on_delete=new.retain_on_delete,
    )
