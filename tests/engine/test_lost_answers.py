"""A change whose answer is lost may have happened: it stays pending, and the next operation looks."""

from typing import Any

import pulumi
import pytest

from tests.engine.conftest import Stack
from tests.engine.programs import Provider, Thing

Pending = list[tuple[str, str]]


def pending(stack: Stack) -> Pending:
    operations: list[dict[str, Any]] = stack.state.get("pending_operations", [])
    return sorted((each["type"], each["resource"]["urn"].split("::")[-1]) for each in operations)


def lose(stack: Stack, verb: str, name: str, moment: str) -> None:
    stack.world.losing = lambda *asked: moment if asked == (verb, name) else ""


def answer(stack: Stack) -> None:
    stack.world.losing = lambda verb, name: ""
    stack.world.blind = lambda name: False
    stack.world.clear()


def pair() -> None:
    first = Thing("a", {"n": 1})
    Thing("b", {"of": first.made})
    Thing("c")


def with_another() -> None:
    pair()
    Thing("d")


def test_a_create_stays_pending_and_what_it_made_is_adopted(stack: Stack) -> None:
    lose(stack, "create", "a", "after")
    stack.refuse("up", pair)
    assert pending(stack) == [("creating", "a")]
    assert stack.world.names() == ["a", "c"]
    answer(stack)
    assert stack.up(pair).changes == {"same": 3, "create": 1}
    assert stack.world.done("create") == ["b"]
    assert pending(stack) == []


def test_a_create_that_did_not_happen_is_done_again(stack: Stack) -> None:
    lose(stack, "create", "a", "before")
    stack.refuse("up", pair)
    assert pending(stack) == [("creating", "a")]
    answer(stack)
    stack.up(pair)
    assert stack.world.names() == ["a", "b", "c"]
    assert stack.up(pair).changes == {"same": 4}


def test_a_refusal_leaves_nothing_pending(stack: Stack) -> None:
    stack.world.failing = lambda verb, name: name == "a"
    stack.refuse("up", pair)
    assert pending(stack) == []


def test_the_error_is_told_with_the_way_out(stack: Stack) -> None:
    lose(stack, "create", "a", "after")
    stack.refuse("up", pair)
    (told,) = [said for said in stack.said if "stopped answering" in said]
    assert "ask again" in told


@pytest.mark.parametrize("moment", ["before", "after"])
def test_an_update_is_read_back_even_if_the_program_went_back(stack: Stack, moment: str) -> None:
    stack.up(lambda: Thing("a", {"n": 1}))
    lose(stack, "update", "a", moment)
    stack.refuse("up", lambda: Thing("a", {"n": 2}))
    assert pending(stack) == [("updating", "a")]
    answer(stack)
    stack.up(lambda: Thing("a", {"n": 1}))
    _, properties = stack.world.things[stack.resource("a")["id"]]
    assert properties["n"].value == 1


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_delete_is_looked_at_even_if_the_program_went_back(stack: Stack, moment: str) -> None:
    stack.up(lambda: [Thing("a"), Thing("b")])
    lose(stack, "delete", "b", moment)
    stack.refuse("up", lambda: Thing("a"))
    assert pending(stack) == [("deleting", "b")]
    answer(stack)
    stack.up(lambda: [Thing("a"), Thing("b")])
    assert stack.world.names() == ["a", "b"]
    assert stack.resource("b")["id"] in stack.world.things


@pytest.mark.parametrize("verb", ["delete", "create"])
@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("how", ["early", "key"])
def test_a_replacement_is_finished(stack: Stack, verb: str, moment: str, how: str) -> None:
    stack.up(lambda: Thing("a", {how: 1}))
    lose(stack, verb, "a", moment)
    stack.refuse("up", lambda: Thing("a", {how: 2}))
    answer(stack)
    stack.up(lambda: Thing("a", {how: 2}))
    assert list(stack.world.things) == [stack.resource("a")["id"]]
    assert stack.up(lambda: Thing("a", {how: 2})).changes == {"same": 2}


@pytest.mark.parametrize("moment", ["before", "after"])
def test_destroy_finishes_what_it_lost(stack: Stack, moment: str) -> None:
    stack.up(pair)
    lose(stack, "delete", "b", moment)
    stack.refuse("destroy")
    answer(stack)
    stack.destroy()
    assert stack.world.things == {}
    assert "resources" not in stack.state


def test_destroy_takes_along_what_a_lost_create_made(stack: Stack) -> None:
    lose(stack, "create", "a", "after")
    stack.refuse("up", pair)
    answer(stack)
    stack.destroy()
    assert stack.world.things == {}


class TestNobodyCanLook:
    """What an interrupted operation left cannot be looked at: it stays pending, and nothing is made twice."""

    @pytest.fixture
    def lost(self, stack: Stack) -> Stack:
        lose(stack, "create", "a", "after")
        stack.refuse("up", pair)
        answer(stack)
        stack.world.blind = lambda name: name == "a"
        return stack

    def test_the_others_go_on(self, lost: Stack) -> None:
        lost.refuse("up", with_another)
        assert lost.world.names() == ["a", "c", "d"]
        assert pending(lost) == [("creating", "a")]
        answer(lost)
        lost.up(with_another)
        assert lost.world.names() == ["a", "b", "c", "d"]
        assert pending(lost) == []

    def test_a_preview_shows_the_plan(self, lost: Stack) -> None:
        assert lost.preview(pair).changes == {"same": 2, "create": 2}
        assert any("nobody can look at a" in said for said in lost.said)

    def test_destroy_does_not_claim_that_all_is_gone(self, lost: Stack) -> None:
        lost.refuse("destroy")
        assert pending(lost) == [("creating", "a")]
        answer(lost)
        lost.destroy()
        assert lost.world.things == {}

    def test_a_program_without_it_does_not_succeed_either(self, lost: Stack) -> None:
        lost.refuse("up", lambda: Thing("c"))
        answer(lost)
        lost.up(lambda: Thing("c"))
        assert lost.world.names() == ["c"]

    def test_what_moves_to_another_provider_is_made_there(self, lost: Stack) -> None:
        def moved() -> None:
            Thing("a", {"n": 1}, pulumi.ResourceOptions(provider=Provider("other")))
            Thing("c")

        lost.up(moved)
        assert lost.world.done("create") == ["a"]
        assert pending(lost) == []

    def test_an_update_is_repeated(self, stack: Stack) -> None:
        stack.up(lambda: Thing("a", {"n": 1}))
        lose(stack, "update", "a", "after")
        stack.refuse("up", lambda: Thing("a", {"n": 2}))
        answer(stack)
        stack.world.blind = lambda name: True
        assert stack.up(lambda: Thing("a", {"n": 1})).changes == {"same": 1, "update": 1}
        assert stack.up(lambda: Thing("a", {"n": 1})).changes == {"same": 2}

    def test_a_deletion_is_repeated_and_what_is_wanted_again_waits(self, stack: Stack) -> None:
        stack.up(lambda: [Thing("a"), Thing("b")])
        lose(stack, "delete", "b", "after")
        stack.refuse("up", lambda: Thing("a"))
        answer(stack)
        stack.world.blind = lambda name: name == "b"
        stack.refuse("up", lambda: [Thing("a"), Thing("b")])
        assert pending(stack) == [("deleting", "b")]
        stack.up(lambda: Thing("a"))
        assert pending(stack) == []
        assert [each["urn"].split("::")[-1] for each in stack.state["resources"]][-1] == "a"
