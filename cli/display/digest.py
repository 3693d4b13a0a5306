"""A preview in the form of `pulumi preview --json`; pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cli.display.plan import PHYSICAL_HALVES, STACK_TYPE
from cli.display.values import plain
from infra.engine.events import Op, StateView, StepView
from infra.engine.interface import Outcome

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
NANOSECONDS = 1_000_000_000


def digest(outcome: Outcome) -> dict[str, Any]:
    """`config`, `steps` (the stack and what changes), `diagnostics`, `duration` in ns, `changeSummary`."""
    return {
        **({"config": dict(outcome.config)} if outcome.config else {}),
        "steps": [_step(step) for step in outcome.steps if _is_listed(step)],
        "diagnostics": [dict(each) for each in outcome.diagnostics],
        "duration": round(outcome.duration * NANOSECONDS),
        "changeSummary": dict(outcome.changes),
    }


def _is_listed(step: StepView) -> bool:
    return step.type == STACK_TYPE or (step.op is not Op.SAME and step.op not in PHYSICAL_HALVES)


def _step(step: StepView) -> dict[str, Any]:
    detailed = None
    if step.detailed_diff is not None:
        detailed = {
            path: {"kind": change.kind, "inputDiff": change.input_diff} for path, change in step.detailed_diff.items()
        }
    members: Mapping[str, Any] = {
        "op": str(step.op),
        "urn": step.urn,
        "provider": step.provider,
        "oldState": _state(step.old),
        "newState": _state(step.new),
        "diffReasons": list(step.diffs),
        "replaceReasons": list(step.keys),
    }
    return {**{key: value for key, value in members.items() if value}, "detailedDiff": detailed}


def _state(state: StateView | None) -> dict[str, Any] | None:
    if state is None:
        return None
    always: Mapping[str, Any] = {"urn": state.urn, "custom": state.custom, "type": state.type}
    present: Mapping[str, Any] = {
        "id": plain(state.id, UNKNOWN),
        "inputs": plain(state.inputs, UNKNOWN),
        "outputs": plain(state.outputs, UNKNOWN),
        "parent": state.parent,
        "protect": state.protect,
        "external": state.external,
        "delete": state.delete,
        "provider": state.provider,
        **state.more,
    }
    return {**always, **{key: value for key, value in present.items() if value}}
