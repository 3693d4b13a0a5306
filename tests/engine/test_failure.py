"""What fails, what it takes along, and what a further run makes of it."""

import errno
import os
from dataclasses import replace

import pulumi
import pytest

from infra.engine.embedded import backend
from infra.engine.embedded.engine import EmbeddedEngine
from infra.engine.embedded.program import ProgramFailed
from infra.engine.embedded.providers import PluginFailure
from infra.engine.events import Summary
from infra.engine.interface import Options
from infra.model.errors import ResourceError
from tests.engine.conftest import Stack
from tests.engine.programs import Group, Thing


def chain() -> None:
    first = Thing("first")
    second = Thing("second", {"of": first.made})
    Thing("third", {"of": second.made})
    Thing("other")


def test_a_failure_stops_only_what_depends_on_it(stack: Stack) -> None:
    stack.world.failing = lambda verb, name: name == "second"
    error = stack.refuse("up", chain)
    assert isinstance(error, ResourceError)
    assert stack.world.names() == ["first", "other"]
    assert stack.failed == ["second"]
    summary = stack.events[-1]
    assert isinstance(summary, Summary)
    assert summary.result == "failed"
    assert [urn.split("::")[-1] for urn in summary.remaining] == ["third"]


def test_a_further_run_finishes_and_repeats_nothing(stack: Stack) -> None:
    stack.world.failing = lambda verb, name: name == "second"
    stack.refuse("up", chain)
    stack.world.failing = lambda verb, name: False
    assert stack.up(chain).changes == {"same": 3, "create": 2}
    assert stack.world.names() == ["first", "other", "second", "third"]
    assert stack.up(chain).changes == {"same": 5}


def test_nothing_is_deleted_after_a_failure(stack: Stack) -> None:
    stack.up(lambda: [Thing("a"), Thing("b")])
    stack.world.failing = lambda verb, name: name == "c"
    stack.refuse("up", lambda: [Thing("a"), Thing("c")])
    assert stack.world.names() == ["a", "b"]
    stack.world.failing = lambda verb, name: False
    stack.up(lambda: [Thing("a"), Thing("c")])
    assert stack.world.names() == ["a", "c"]


def test_outputs_of_the_last_run_survive_a_failure(stack: Stack) -> None:
    def program(value: int) -> None:
        pulumi.export("made", Thing("a", {"n": value}).made)
        pulumi.export("value", value)

    stack.up(lambda: program(1))
    stack.world.failing = lambda verb, name: verb == "update"
    stack.refuse("up", lambda: program(2))
    assert stack.outputs["made"].value == "a-1"
    assert stack.outputs["value"].value == 2


def test_a_failed_update_keeps_the_old_state(stack: Stack) -> None:
    stack.up(lambda: Thing("a", {"n": 1}))
    stack.world.failing = lambda verb, name: verb == "update"
    stack.refuse("up", lambda: Thing("a", {"n": 2}))
    assert stack.resource("a")["inputs"] == {"n": 1}
    assert "pending_operations" not in stack.state


def test_a_failed_replacement_can_be_repeated(stack: Stack) -> None:
    stack.up(lambda: Thing("a", {"early": 1}))
    stack.world.failing = lambda verb, name: verb == "create"
    stack.refuse("up", lambda: Thing("a", {"early": 2}))
    assert stack.world.things == {}
    assert stack.resource("a")["pendingReplacement"] is True
    stack.world.failing = lambda verb, name: False
    stack.up(lambda: Thing("a", {"early": 2}))
    assert stack.world.names() == ["a"]
    assert stack.world.done("delete") == ["a"]
    assert "pendingReplacement" not in stack.resource("a")


def test_what_could_not_be_deleted_is_deleted_next_time(stack: Stack) -> None:
    stack.up(lambda: Thing("a", {"key": 1}))
    stack.world.failing = lambda verb, name: verb == "delete"
    stack.refuse("up", lambda: Thing("a", {"key": 2}))
    assert len(stack.world.things) == 2
    assert sorted(each.get("delete", False) for each in stack.state["resources"] if each["type"].endswith("Thing")) == [
        False,
        True,
    ]
    stack.world.failing = lambda verb, name: False
    stack.up(lambda: Thing("a", {"key": 2}))
    assert len(stack.world.things) == 1


def test_a_failed_deletion_keeps_what_it_needs(stack: Stack) -> None:
    stack.up(chain)
    stack.world.failing = lambda verb, name: verb == "delete" and name == "second"
    stack.refuse("destroy")
    assert stack.world.names() == ["first", "second"]
    stack.world.failing = lambda verb, name: False
    stack.destroy()
    assert stack.world.things == {}


def test_an_error_of_the_program_says_where_it_is(stack: Stack) -> None:
    def program() -> None:
        Thing("a")
        raise ValueError("the program is wrong")

    error = stack.refuse("up", program)
    assert isinstance(error, ProgramFailed)
    assert "ValueError: the program is wrong" in str(error)
    assert stack.world.names() == ["a"]


def test_an_error_of_the_program_deletes_nothing(stack: Stack) -> None:
    stack.up(lambda: [Thing("a"), Thing("b")])

    def program() -> None:
        Thing("a")
        raise ValueError

    stack.refuse("up", program)
    assert stack.world.names() == ["a", "b"]


def test_invalid_inputs_name_the_property(stack: Stack) -> None:
    stack.refuse("up", lambda: Thing("a", {"x": "bad"}))
    (said,) = stack.said
    problem, hint = said.splitlines()
    assert problem == "fake:index:Thing 'a': x: is bad"
    assert "correct" in hint


def test_a_failed_child_does_not_stop_its_siblings(stack: Stack) -> None:
    stack.world.failing = lambda verb, name: name == "one"
    stack.refuse("up", lambda: Group("g", {"one": {}, "two": {}}))
    assert stack.world.names() == ["two"]


def test_a_plugin_that_cannot_start_is_named_and_nothing_is_changed(stack: Stack) -> None:
    workspace = replace(stack.workspace(lambda: Thing("a")), providers={"fake": "infra.nowhere:Missing"})
    with pytest.raises(PluginFailure) as caught:
        EmbeddedEngine(workspace).up(Options(), lambda event: None)
    assert "the provider fake cannot start" in str(caught.value)
    assert "infra.nowhere" in str(caught.value)
    assert caught.value.hint


def test_a_full_disk_stops_before_the_world_is_changed(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    stack.up(lambda: Thing("a"))
    before = stack.path.read_bytes()

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(backend, "write_atomically", full)
    monkeypatch.setattr("infra.engine.embedded.lock.write_atomically", lambda *_: None)
    error = stack.refuse("up", lambda: [Thing("a"), Thing("b")])
    assert isinstance(error, backend.StateNotSaved)
    assert "No space left on device" in str(error)
    assert stack.world.names() == ["a"]
    assert stack.path.read_bytes() == before
