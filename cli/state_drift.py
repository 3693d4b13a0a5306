"""The state file beside the program and beside what runs, as the engine sees both."""

from collections.abc import Iterator
from dataclasses import dataclass

from infra.engine.events import Diagnostic, Event, Op, StepView
from infra.engine.interface import Engine, Options, Outcome
from infra.model.errors import CannotCheck, ResourceError
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
    """What is declared and not deployed, by the plan, and what has changed since it was deployed, read back.

    Raises CannotCheck where a resource cannot be read back.
    """
    waiting, deploy = _changed(planned), f"aqdata up --stack {stack}"
    for step in waiting.values():
        yield _difference(step, _WAITING, deploy)
    for urn, step in _changed(_read_back(engine)).items():
        if urn not in waiting:
            yield _difference(step, _CHANGED, f"{deploy} --refresh")


def _read_back(engine: Engine) -> Outcome:
    said: list[str] = []

    def on_event(event: Event) -> None:
        if isinstance(event, Diagnostic) and event.severity == "error":
            said.append(event.message)

    try:
        return engine.preview(Options(refresh=True), on_event)
    except ResourceError as error:
        raise CannotCheck(f"{error.message}: {'; '.join(said)}" if said else error.message, error.hint) from error


def _changed(outcome: Outcome) -> dict[str, StepView]:
    """One step of each resource that is not the same: of a replacement's three, one that says why."""
    steps = [step for step in outcome.steps if step.op.is_change]
    return {step.urn: step for step in sorted(steps, key=lambda step: bool(step.diffs))}


def _difference(step: StepView, side: _Side, mend: str) -> Difference:
    properties = ", ".join(step.diffs) or "it"
    declared = {Op.CREATE: "a resource", Op.DELETE: "nothing"}.get(step.op, f"{properties} {side.declared}")
    actual = {Op.CREATE: "nothing", Op.DELETE: "a resource"}.get(step.op, f"{properties} {side.actual}")
    return Difference(f"{step.name} ({step.type})", side.aspect, declared, actual, mend, side.right)
