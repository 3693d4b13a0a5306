"""The plan as a tree."""

from __future__ import annotations

from cli.display.tree import tree
from infra.engine.events import Op, PropertyChange, StepView
from infra.engine.values import MASK, UNKNOWN
from tests.cli.display.steps import VOLUME, ancestors, step


def text(*steps: StepView, full: bool = False) -> list[str]:
    return [line.text.rstrip() for line in tree([*ancestors(), *steps], full=full)]


def test_a_change_stands_under_its_unchanged_parents() -> None:
    memory = step(Op.UPDATE, old={"memory": 512}, new={"memory": 1024}, diff={"memory": PropertyChange("update")})
    assert text(memory) == [
        "   pulumi:pulumi:Stack aqstream-prod",
        "     aqstream:data:PostgresCluster postgres-user",
        "~      docker:Container postgres-user  update",
        "         ~ memory: 512 => 1024",
    ]


def test_unchanged_resources_are_not_shown() -> None:
    assert text(step(Op.SAME, old={}, new={})) == []


def test_a_replacement_names_its_reason_and_is_one_row() -> None:
    old, new = {"image": "a"}, {"image": "b"}
    diff = {"image": PropertyChange("update-replace")}
    shown = text(
        step(Op.DELETE_REPLACED, old=old),
        step(Op.REPLACE, old=old, new=new, diff=diff, keys=("image",)),
        step(Op.CREATE_REPLACEMENT, old=old, new=new, diff=diff),
    )
    assert shown[2:] == [
        "+-     docker:Container postgres-user  replace (image)",
        '         ~ image: "a" => "b"  (replaces)',
    ]


def test_a_replacement_without_a_property_comes_from_a_dependency() -> None:
    assert text(step(Op.REPLACE, old={"a": 1}, new={"a": 1}))[-1].endswith("replace (what it depends on is replaced)")


def test_secrets_and_unknowns_are_said_to_be_that() -> None:
    new = {"password": MASK, "image": UNKNOWN, "env": [MASK, "A=1"]}
    shown = text(step(Op.CREATE, new=new), full=True)
    assert shown[3:] == [
        "         + password: [secret]",
        "         + image: [unknown]",
        '         + env: [[secret], "A=1"]',
    ]


def test_properties_of_what_is_created_are_shown_on_demand_only() -> None:
    assert len(text(step(Op.CREATE, VOLUME, "data", new={"name": "x"}))) == 3
    assert len(text(step(Op.CREATE, VOLUME, "data", new={"name": "x"}), full=True)) == 4


def test_changed_text_is_shown_as_a_diff_of_its_lines() -> None:
    old, new = {"conf": "a\nb\nc\n"}, {"conf": "a\nB\nc\n"}
    shown = text(step(Op.UPDATE, old=old, new=new, diff={"conf": PropertyChange("update")}))
    assert [line.strip() for line in shown[3:]] == ["~ conf: text changes", "@@ -1,3 +1,3 @@", "a", "-b", "+B", "c"]


def test_siblings_come_in_one_order_whatever_finished_first() -> None:
    first, second = step(Op.CREATE, VOLUME, "a", new={}), step(Op.CREATE, VOLUME, "b", new={})
    assert text(first, second) == text(second, first)
