"""Limiting an operation to some resources."""

import pytest

from infra.engine.embedded.targets import Targets
from tests.engine.conftest import Stack
from tests.engine.programs import Thing

A = "urn:pulumi:dev::test::fake:index:Thing::a"


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [(A, True), ("**::a", True), ("urn:pulumi:dev::test::*::a", False), ("**Thing::*", True), ("**::b", False)],
)
def test_patterns(pattern: str, matches: bool) -> None:
    assert (A in Targets([pattern])) is matches


def test_without_targets_everything_is_meant() -> None:
    assert A in Targets()


def test_up_changes_targets_only(stack: Stack) -> None:
    stack.up(lambda: [Thing("a", {"n": 1}), Thing("b", {"n": 1}), Thing("c")])
    outcome = stack.up(lambda: [Thing("a", {"n": 2}), Thing("b", {"n": 2}), Thing("d")], targets=(A,))
    assert stack.steps == ["update a"]
    assert outcome.changes["update"] == 1
    assert stack.world.names() == ["a", "b", "c"]


def test_destroy_deletes_targets_only(stack: Stack) -> None:
    stack.up(lambda: [Thing("a"), Thing("b")])
    stack.destroy(targets=(A,))
    assert stack.world.names() == ["b"]
    assert stack.up(lambda: [Thing("a"), Thing("b")]).changes == {"same": 2, "create": 1}


def test_a_target_that_is_not_there_is_named(stack: Stack) -> None:
    stack.up(lambda: Thing("a"))
    assert "::zzz" in str(stack.refuse("up", lambda: Thing("a"), targets=(A.replace("::a", "::zzz"),)))


def test_replace_replaces(stack: Stack) -> None:
    stack.up(lambda: Thing("a"))
    assert stack.up(lambda: Thing("a"), replaces=(A,)).changes == {"same": 1, "replace": 1}
    assert list(stack.world.things) == ["a-2"]
