"""Saying what an update would do, without doing it."""

import json

import pulumi
import pytest

from infra.engine.digest import digest
from infra.engine.event_json import to_json
from infra.engine.events import PropertyChange, StepFinished, Summary
from infra.engine.values import UNKNOWN
from infra.model.errors import UnexpectedChanges
from tests.engine.conftest import Stack
from tests.engine.programs import Group, Thing


def test_changes_neither_the_world_nor_the_state(stack: Stack) -> None:
    outcome = stack.preview(lambda: Thing("a"))
    assert outcome.changes == {"create": 2}
    assert stack.world.calls == []
    assert not stack.path.exists()


def test_unknown_values_stay_unknown_through_programs_and_outputs(stack: Stack) -> None:
    seen: list[str] = []

    def program() -> None:
        first = Thing("first")
        first.made.apply(seen.append)
        second = Thing("second", {"of": first.made})
        pulumi.export("made", second.made)

    outcome = stack.preview(program)
    assert outcome.outputs == {"made": UNKNOWN}
    assert seen == []
    created = next(step for step in outcome.steps if step.name == "second")
    assert created.new is not None
    assert created.new.inputs == {"of": UNKNOWN}


def test_known_values_of_what_stays_are_known(stack: Stack) -> None:
    seen: list[str] = []

    def program() -> None:
        Thing("first").made.apply(seen.append)

    stack.up(program)
    seen.clear()
    stack.preview(program)
    assert seen == ["first-1"]


def test_shows_every_changed_property(stack: Stack) -> None:
    stack.up(lambda: Thing("a", {"x": 1, "gone": 1}))
    outcome = stack.preview(lambda: Thing("a", {"x": 2, "new": 1}))
    step = next(step for step in outcome.steps if step.name == "a")
    assert step.detailed_diff == {
        "x": PropertyChange("update"),
        "new": PropertyChange("add"),
        "gone": PropertyChange("delete"),
    }


def test_shows_deletions_and_replacements(stack: Stack) -> None:
    stack.up(lambda: [Thing("a", {"key": 1}), Thing("b")])
    outcome = stack.preview(lambda: Thing("a", {"key": 2}))
    assert outcome.changes == {"same": 1, "replace": 1, "delete": 1}
    assert stack.world.names() == ["a", "b"]


def test_masks_secrets_everywhere(stack: Stack) -> None:
    def program() -> None:
        Thing("a", {"password": pulumi.Output.secret("hunter2"), "deep": {"list": [pulumi.Output.secret("hunter2")]}})
        pulumi.export("password", pulumi.Output.secret("hunter2"))

    outcome = stack.preview(program)
    assert "hunter2" not in json.dumps(digest(stack.events), default=repr)
    assert "hunter2" not in repr(outcome)
    assert "hunter2" not in repr(stack.events)
    assert "hunter2" not in json.dumps([to_json(event, 1, 1) for event in stack.events])


def test_expecting_no_changes_objects_to_changes(stack: Stack) -> None:
    assert isinstance(stack.refuse("preview", lambda: Thing("a"), expect_no_changes=True), UnexpectedChanges)


def test_says_the_same_twice(stack: Stack) -> None:
    stack.up(lambda: [Thing("a", {"n": 1}), Thing("b", {"key": 1})])

    def program() -> None:
        Thing("a", {"n": 2})
        Thing("b", {"key": 2})
        Thing("c")

    said = []
    for _ in range(2):
        stack.preview(program)
        document = digest(stack.events)
        said.append(document | {"duration": 0, "steps": sorted(document["steps"], key=json.dumps)})
    assert said[0] == said[1]


def test_shows_all_problems_at_once(stack: Stack) -> None:
    stack.refuse("preview", lambda: [Thing("a", {"x": "bad"}), Thing("b", {"x": "bad"}), Thing("c")])
    assert sorted(said.splitlines()[0] for said in stack.said) == [
        "fake:index:Thing 'a': x: is bad",
        "fake:index:Thing 'b': x: is bad",
    ]
    assert stack.steps == ["create c"]


def test_ends_with_a_summary(stack: Stack) -> None:
    stack.preview(lambda: Thing("a"))
    summary = stack.events[-1]
    assert isinstance(summary, Summary)
    assert summary.is_preview
    assert summary.result == "succeeded"


def test_a_component_is_finished_when_its_outputs_are_known(stack: Stack) -> None:
    stack.preview(lambda: Group("g", {"inner": {}}))
    names = [event.step.name for event in stack.events if isinstance(event, StepFinished)]
    assert names.index("inner") < names.index("g")
    assert names.count("g") == 1


def test_preview_of_destroy_deletes_nothing(stack: Stack) -> None:
    stack.up(lambda: Thing("a"))
    assert stack.run("preview_destroy").changes == {"delete": 2}
    assert stack.world.names() == ["a"]


@pytest.mark.parametrize("verb", ["preview", "up"])
def test_digest_has_the_form_of_the_pulumi_cli(stack: Stack, verb: str) -> None:
    stack.up(lambda: [Thing("a", {"x": 1}), Thing("b", {"key": 1}), Thing("same")])
    stack.run(verb, lambda: [Thing("a", {"x": 2}), Thing("b", {"key": 2}), Thing("same")])
    document = digest(stack.events)
    assert [(step["op"], step["urn"].split("::")[-1]) for step in sorted(document["steps"], key=lambda x: x["op"])] == [
        ("replace", "b"),
        ("same", "test-dev"),
        ("update", "a"),
    ]
    update = next(step for step in document["steps"] if step["op"] == "update")
    assert update["detailedDiff"] == {"x": {"kind": "update", "inputDiff": False}}
    assert update["diffReasons"] == ["x"]
    assert update["oldState"]["inputs"] == {"x": 1}
    assert update["newState"]["inputs"] == {"x": 2}
    replace = next(step for step in document["steps"] if step["op"] == "replace")
    assert replace["replaceReasons"] == ["key"]
    assert document["changeSummary"] == {"replace": 1, "same": 2, "update": 1}
    json.dumps(document)
