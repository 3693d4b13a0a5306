"""The state file beside the program and beside what runs, as the engine sees both."""

from collections.abc import Iterator

from infra.engine.events import Op, StepView
from infra.engine.interface import Engine, Options, Outcome
from policies.drift import Difference

_DECLARED = {Op.CREATE: "a resource", Op.DELETE: "nothing"}
_ACTUAL = {Op.CREATE: "nothing", Op.DELETE: "a resource"}


def state_drift(engine: Engine, stack: str, planned: Outcome) -> Iterator[Difference]:
    """What is declared and not deployed, by the plan, and what has changed since it was deployed, read back."""
    waiting = _changed(planned)
    deploy = f"aqdata up --stack {stack}"
    for step in waiting.values():
        yield _difference(step, "program and state", deploy, "the declaration, once it is deployed,")
    read_back = engine.preview(Options(refresh=True), lambda _: None)
    for urn, step in _changed(read_back).items():
        if urn not in waiting:
            yield _difference(step, "state and what runs", f"{deploy} --refresh", "the state, which is as declared,")


def _changed(outcome: Outcome) -> dict[str, StepView]:
    """The first step of each resource that is not the same; a replacement takes three."""
    found: dict[str, StepView] = {}
    for step in outcome.steps:
        if step.op.is_change and not step.logical:
            found.setdefault(step.urn, step)
    return found


def _difference(step: StepView, aspect: str, mend: str, right: str) -> Difference:
    properties = ", ".join(step.detailed_diff or step.diffs or step.keys) or "its properties"
    declared = _DECLARED.get(step.op, f"other {properties}")
    return Difference(f"{step.name} ({step.type})", aspect, declared, _ACTUAL.get(step.op, properties), mend, right)
