"""What an interrupted operation left behind is looked into before anything new is decided."""

import copy
import json
from typing import Any

import pulumi

from tests.engine.conftest import Stack
from tests.engine.programs import Thing


def rewind(stack: Stack, before: dict[str, Any], kind: str, record: dict[str, Any]) -> None:
    """The state as it was on disk while a step was under way."""
    pending = [{"resource": record, "type": kind}]
    document = {**before, "checkpoint": copy.deepcopy(before["checkpoint"])}
    document["checkpoint"]["latest"]["pending_operations"] = pending
    stack.path.write_text(json.dumps(document))


def document(stack: Stack) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(stack.path.read_text())
    return content


def started(record: dict[str, Any]) -> dict[str, Any]:
    return {key: item for key, item in record.items() if key not in ("id", "outputs", "created", "modified")}


def test_an_orphan_is_adopted_and_not_made_twice(stack: Stack) -> None:
    stack.up(lambda: Thing("a"))
    before = document(stack)
    stack.up(lambda: [Thing("a"), Thing("b", {"n": 1})])
    rewind(stack, before, "creating", started(stack.resource("b")))
    stack.world.clear()
    outcome = stack.up(lambda: [Thing("a"), Thing("b", {"n": 1})])
    assert stack.world.calls == []
    assert outcome.changes == {"same": 3}
    assert stack.resource("b")["id"] == "b-2"
    assert "pending_operations" not in stack.state
    assert any("b-2 exists and is adopted" in said for said in stack.said)


def test_the_other_engine_can_have_orphans_adopted_and_nothing_deployed(stack: Stack) -> None:
    stack.up(lambda: Thing("a"))
    before = document(stack)
    stack.up(lambda: [Thing("a"), Thing("b", {"n": 1})])
    rewind(stack, before, "creating", started(stack.resource("b")))
    stack.world.clear()
    stack.engine().recover(lambda _: None)
    assert stack.world.calls == []
    assert stack.resource("b")["id"] == "b-2"
    assert stack.resource("a")["id"] == "a-1"
    assert "pending_operations" not in stack.state


def test_a_create_that_never_happened_is_done(stack: Stack) -> None:
    stack.up(lambda: Thing("a"))
    before = document(stack)
    stack.up(lambda: [Thing("a"), Thing("b")])
    rewind(stack, before, "creating", started(stack.resource("b")))
    stack.world.things = {made: each for made, each in stack.world.things.items() if made == "a-1"}
    assert stack.up(lambda: [Thing("a"), Thing("b")]).changes == {"same": 2, "create": 1}
    assert any("nothing of it to adopt" in said for said in stack.said)


def test_an_adopted_successor_lets_its_predecessor_go(stack: Stack) -> None:
    stack.up(lambda: Thing("a", {"key": 1}))
    before = document(stack)
    stack.world.failing = lambda verb, name: verb == "delete"
    stack.refuse("up", lambda: Thing("a", {"key": 2}))
    stack.world.failing = lambda verb, name: False
    successor = next(each for each in stack.state["resources"] if each.get("id") == "a-2")
    rewind(stack, before, "creating", started(successor))
    stack.up(lambda: Thing("a", {"key": 2}))
    assert list(stack.world.things) == ["a-2"]
    assert stack.resource("a")["id"] == "a-2"


def test_a_delete_that_happened_is_noted(stack: Stack) -> None:
    stack.up(lambda: [Thing("a"), Thing("b")])
    rewind(stack, document(stack), "deleting", stack.resource("b"))
    del stack.world.things[stack.resource("b")["id"]]
    stack.world.clear()
    stack.up(lambda: Thing("a"))
    assert stack.world.calls == []
    assert stack.up(lambda: Thing("a")).changes == {"same": 2}


def test_an_update_that_happened_is_read_back(stack: Stack) -> None:
    stack.up(lambda: Thing("a", {"n": 1}))
    before = document(stack)
    stack.up(lambda: Thing("a", {"n": 2}))
    rewind(stack, before, "updating", started(stack.resource("a")))
    assert stack.up(lambda: Thing("a", {"n": 2})).changes == {"same": 2}
    assert stack.resource("a")["inputs"] == {"n": 2}


def test_an_update_is_undone_when_the_program_went_back(stack: Stack) -> None:
    stack.up(lambda: Thing("a", {"n": 1}))
    before = document(stack)
    stack.up(lambda: Thing("a", {"n": 2}))
    rewind(stack, before, "updating", started(stack.resource("a")))
    assert stack.up(lambda: Thing("a", {"n": 1})).changes == {"same": 1, "update": 1}


def test_previews_look_and_write_nothing(stack: Stack) -> None:
    stack.up(lambda: [Thing("a"), Thing("b")])
    rewind(stack, document(stack), "deleting", stack.resource("b"))
    before = stack.path.read_bytes()
    stack.preview(lambda: pulumi.export("x", 1))
    assert stack.path.read_bytes() == before


def test_refresh_clears_what_is_pending(stack: Stack) -> None:
    stack.up(lambda: Thing("a"))
    rewind(stack, document(stack), "updating", started(stack.resource("a")))
    stack.run("refresh")
    assert "pending_operations" not in stack.state
