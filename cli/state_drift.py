"""The state file beside the program and beside what runs, as the engine sees both."""

from collections.abc import Iterator
from dataclasses import dataclass

from infra.engine.events import Op, StepView
from infra.engine.interface import Engine, Options, Outcome
from policies.drift import Difference


@dataclass(frozen=True)
class _Side:
    """Two things compared: how a property reads in each, and which one counts."""

    aspect: str
    declared: str
    actual: str
    right: str


_WAITING = _Side(
    "program and state", "as the program has it", "as it was deployed", "the declaration, once it is deployed,"
)
_CHANGED = _Side("state and what runs", "as it was deployed", "changed since", "the state, which is as declared,")


def state_drift(engine: Engine, stack: str, planned: Outcome) -> Iterator[Difference]:
    """What is declared and not deployed, by the plan, and what has changed since it was deployed, read back."""
    waiting, deploy = _changed(planned), f"aqdata up --stack {stack}"
    for step in waiting.values():
        yield _difference(step, _WAITING, deploy)
    read_back = engine.preview(Options(refresh=True), lambda _: None)
    for urn, step in _changed(read_back).items():
        if urn not in waiting:
            yield _difference(step, _CHANGED, f"{deploy} --refresh")


def _changed(outcome: Outcome) -> dict[str, StepView]:
    """One step of each resource that is not the same: of a replacement's three, one that says why."""
    steps = [step for step in outcome.steps if step.op.is_change]
    return {step.urn: step for step in sorted(steps, key=lambda step: bool(step.diffs))}


def _difference(step: StepView, side: _Side, mend: str) -> Difference:
    properties = ", ".join(step.diffs) or "it"
    declared = {Op.CREATE: "a resource", Op.DELETE: "nothing"}.get(step.op, f"{properties} {side.declared}")
    actual = {Op.CREATE: "nothing", Op.DELETE: "a resource"}.get(step.op, f"{properties} {side.actual}")
    return Difference(f"{step.name} ({step.type})", side.aspect, declared, actual, mend, side.right)
