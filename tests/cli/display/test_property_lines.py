"""Which properties a step is said to change."""

from __future__ import annotations

from typing import Any

import pytest

from cli.display.property_lines import ABSENT, property_lines
from infra.engine.events import DiffKind, Op, PropertyChange, StepView
from tests.cli.display.steps import step


def lines(old: dict[str, Any], new: dict[str, Any], **diff: DiffKind) -> list[tuple[str, str, Any, Any]]:
    changes = {path: PropertyChange(kind) for path, kind in diff.items()}
    found = property_lines(step(Op.UPDATE, old=old, new=new, diff=changes or None))
    return [(line.sign, line.path, line.old, line.new) for line in found]


def test_the_providers_diff_says_what_changes() -> None:
    found = lines({"memory": 512, "noise": 1}, {"memory": 1024, "noise": 2}, memory="update")
    assert found == [("~", "memory", 512, 1024)]


def test_without_a_providers_diff_the_inputs_are_compared() -> None:
    assert lines({"a": 1, "b": {"c": 1}}, {"b": {"c": 2}, "d": 3}) == [
        ("-", "a", 1, ABSENT),
        ("~", "b.c", 1, 2),
        ("+", "d", ABSENT, 3),
    ]


def test_an_element_inserted_into_a_named_list_is_one_line() -> None:
    old = {"changesets": [{"id": "1", "sum": "x"}, {"id": "9", "sum": "z"}]}
    new = {"changesets": [{"id": "1", "sum": "x"}, {"id": "5", "sum": "y"}, {"id": "9", "sum": "z"}]}
    diff: dict[str, DiffKind] = {"changesets[1].id": "update", "changesets[1].sum": "update", "changesets[2]": "add"}
    assert lines(old, new, **diff) == [("+", "changesets.5", ABSENT, {"id": "5", "sum": "y"})]


def test_a_named_list_in_another_order_is_said_to_be_reordered() -> None:
    one, two = {"name": "a", "v": 1}, {"name": "b", "v": 2}
    assert lines({"x": [one, two]}, {"x": [two, one]}) == [("~", "x", ["a", "b"], ["b", "a"])]


def test_the_bridges_bookkeeping_is_no_property() -> None:
    assert lines({"__defaults": [], "a": {"__defaults": ["b"], "c": 1}}, {"__defaults": ["x"], "a": {"c": 1}}) == []


@pytest.mark.parametrize(
    ("change", "sign"), [(step(Op.CREATE, new={"a": 1}), "+"), (step(Op.DELETE, old={"a": 1}), "-")]
)
def test_what_appears_or_disappears_is_listed_whole(change: StepView, sign: str) -> None:
    assert [(line.sign, line.path) for line in property_lines(change)] == [(sign, "a")]


def test_a_replacing_property_is_marked() -> None:
    found = property_lines(
        step(Op.REPLACE, old={"image": "a"}, new={"image": "b"}, diff={"image": PropertyChange("update-replace")})
    )
    assert [line.replaces for line in found] == [True]
