"""Policies judge the whole plan before anything is changed."""

from collections.abc import Sequence

import pulumi

from infra.engine.events import Op, PolicyReport, StepFinished
from infra.engine.interface import PlannedResource, PolicyHook
from infra.engine.values import UNKNOWN, Secret
from infra.model.errors import PolicyViolation
from tests.engine.conftest import Stack
from tests.engine.programs import Thing


def forbidding(name: str, enforcement: str = "mandatory") -> PolicyHook:
    def judge(planned: Sequence[PlannedResource]) -> list[PolicyReport]:
        mandatory = enforcement == "mandatory"
        return [
            PolicyReport("no-such-thing", "is forbidden", "mandatory" if mandatory else "advisory", each.urn)
            for each in planned
            if each.name == name
        ]

    return judge


def test_a_mandatory_violation_stops_up_before_anything_is_changed(stack: Stack) -> None:
    error = stack.refuse("up", lambda: [Thing("a"), Thing("b")], policies=forbidding("b"))
    assert isinstance(error, PolicyViolation)
    assert error.exit_code == 5
    assert "no-such-thing" in str(error)
    assert stack.world.calls == []
    assert [event.message for event in stack.events if isinstance(event, PolicyReport)] == ["is forbidden"]


def test_an_advisory_violation_is_only_told(stack: Stack) -> None:
    stack.up(lambda: Thing("b"), policies=forbidding("b", "advisory"))
    assert stack.world.names() == ["b"]
    assert any(isinstance(event, PolicyReport) for event in stack.events)


def test_previews_are_judged_too(stack: Stack) -> None:
    assert isinstance(stack.refuse("preview", lambda: Thing("b"), policies=forbidding("b")), PolicyViolation)


def test_policies_see_the_plan_with_its_secrets_and_unknowns(stack: Stack) -> None:
    seen: dict[str, PlannedResource] = {}

    def program() -> None:
        a = Thing("a", {"password": pulumi.Output.secret("s")})
        Thing("b", {"of": a.made}, pulumi.ResourceOptions(protect=True))

    def judge(planned: Sequence[PlannedResource]) -> list[PolicyReport]:
        seen.update({each.name: each for each in planned})
        return []

    stack.preview(program, policies=judge)
    assert seen["a"].op is Op.CREATE
    assert seen["a"].inputs == {"password": Secret("s")}
    assert seen["b"].inputs == {"of": UNKNOWN}
    assert seen["b"].dependencies == (seen["a"].urn,)
    assert seen["b"].protect


def test_a_judged_run_without_changes_runs_the_program_once(stack: Stack) -> None:
    runs = []

    def program() -> None:
        runs.append(1)
        Thing("a")
        pulumi.export("x", 1)

    stack.up(program)
    runs.clear()
    outcome = stack.up(program, policies=lambda planned: [])
    assert outcome.changes == {"same": 2}
    assert len(runs) == 1
    assert not any(event.planning for event in stack.events if isinstance(event, StepFinished))


def test_a_changed_output_is_written_by_a_judged_run(stack: Stack) -> None:
    stack.up(lambda: pulumi.export("x", 1))
    stack.up(lambda: pulumi.export("x", 2), policies=lambda planned: [])
    assert stack.outputs["x"].value == 2
