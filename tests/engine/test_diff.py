"""Comparing inputs, and what options make of a provider's answer."""

from typing import Any

import pytest

from infra.engine.embedded.diff import Diff, compare, ignore_changes, invert, replace_on_changes, settle
from infra.engine.embedded.equality import equal
from infra.engine.events import PropertyChange
from infra.engine.values import UNKNOWN, Secret


@pytest.mark.parametrize(
    ("old", "new", "paths"),
    [
        ({"a": 1}, {"a": 1}, {}),
        ({"a": 1}, {"a": 1.0}, {}),
        ({"a": 1}, {"a": True}, {"a": "update"}),
        ({"a": None}, {}, {"a": "delete"}),
        ({}, {"a": 1}, {"a": "add"}),
        ({"a": {"b": [1, 2]}}, {"a": {"b": [1, 3, 4]}}, {"a.b[1]": "update", "a.b[2]": "add"}),
        ({"a": [1]}, {"a": {"0": 1}}, {"a": "update"}),
        ({"a.b": 1}, {"a.b": 2}, {'["a.b"]': "update"}),
        ({"a": Secret(1)}, {"a": 1}, {}),
        ({"a": Secret(1)}, {"a": Secret(2)}, {"a": "update"}),
        ({"a": 1}, {"a": UNKNOWN}, {"a": "update"}),
    ],
)
def test_compares(old: dict[str, Any], new: dict[str, Any], paths: dict[str, str]) -> None:
    assert {path: change.kind for path, change in compare(old, new).items()} == paths


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        (1, True, False),
        (0, False, False),
        (1, 1.0, True),
        ([1], [1, 2], False),
        ({"a": [True]}, {"a": [1]}, False),
        (Secret("x"), "x", False),
        (Secret([1]), Secret([1]), True),
        (UNKNOWN, UNKNOWN, True),
        (None, False, False),
    ],
)
def test_equality_is_that_of_json(left: Any, right: Any, same: bool) -> None:
    assert equal(left, right) is same


def test_a_provider_that_does_not_say_leaves_it_to_the_inputs() -> None:
    assert settle(Diff(), {"a": 1}, {"a": 1}).has_changes is False
    settled = settle(Diff(), {"a": 1}, {"a": 2})
    assert settled.has_changes
    assert settled.changed_keys == ("a",)
    assert settled.detailed == {"a": PropertyChange("update", input_diff=True)}


def test_a_provider_that_says_is_believed() -> None:
    said = Diff(has_changes=False)
    assert settle(said, {"a": 1}, {"a": 2}) is said


def test_replace_on_changes_turns_updates_under_its_path_into_replacements() -> None:
    detailed = {"a.b": PropertyChange("update"), "c": PropertyChange("add")}
    diff = replace_on_changes(Diff(True, (), ("a", "c"), detailed), ["a"], has_init_errors=False)
    assert diff.replaces
    assert diff.replace_keys == ("a",)
    assert {path: change.kind for path, change in (diff.detailed or {}).items()} == {
        "a.b": "update-replace",
        "c": "add",
    }


def test_replace_on_changes_of_everything_replaces_what_failed_to_initialise() -> None:
    diff = replace_on_changes(Diff(has_changes=False), ["*"], has_init_errors=True)
    assert diff.has_changes
    assert diff.replaces


def test_ignoring_tells_where_it_could_not() -> None:
    new, impossible = ignore_changes(["a.b", "c"], {"a": {"b": 1}, "c": 1}, {"a": 5, "c": 2})
    assert new == {"a": 5, "c": 1}
    assert impossible == ("a.b",)


def test_the_way_back_turns_additions_into_deletions() -> None:
    there = Diff(True, detailed={"a": PropertyChange("add"), "b": PropertyChange("update")})
    assert {path: change.kind for path, change in (invert(there).detailed or {}).items()} == {
        "a": "delete",
        "b": "update",
    }
