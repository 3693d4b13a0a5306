"""Property paths, as the Pulumi CLI reads them."""

from typing import Any

import pytest

from infra.engine.embedded import property_path
from infra.engine.embedded.property_path import Path
from infra.engine.values import Secret
from infra.model.errors import ConfigurationError


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("root", ("root",)),
        ("root.nested", ("root", "nested")),
        ('root["nested"]', ("root", "nested")),
        ('root["a key with a ."]', ("root", "a key with a .")),
        ('root["with \\"quotes\\""]', ("root", 'with "quotes"')),
        ("root.array[0].nested[10]", ("root", "array", 0, "nested", 10)),
        ('["root key"][100]', ("root key", 100)),
        ("root.array[*].field", ("root", "array", "*", "field")),
        ("*", ("*",)),
    ],
)
def test_parses(text: str, path: Path) -> None:
    assert property_path.parse(text) == path


@pytest.mark.parametrize("text", [".root", "root[", 'root["x', "root[x]"])
def test_refuses_what_is_malformed(text: str) -> None:
    with pytest.raises(ConfigurationError, match="malformed"):
        property_path.parse(text)


@pytest.mark.parametrize("path", [("a", "b", 0), ("a.b", "c"), ('with "quotes"', "x")])
def test_renders_what_it_can_parse(path: Path) -> None:
    assert property_path.parse(property_path.render(path)) == path


@pytest.mark.parametrize(
    ("outer", "inner", "covers"),
    [
        (("a",), ("a", "b"), True),
        (("a", "b"), ("a",), False),
        (("a", "*", "c"), ("a", 3, "c", "d"), True),
        (("*",), ("anything",), True),
        (("a", 1), ("a", 2), False),
    ],
)
def test_covers(outer: Path, inner: Path, covers: bool) -> None:
    assert property_path.contains(outer, inner) is covers


@pytest.mark.parametrize(
    ("path", "old", "new", "result", "done"),
    [
        (("a",), {"a": 1}, {"a": 2}, {"a": 1}, True),
        (("a",), {}, {"a": 2}, {}, True),
        (("a",), {"a": 1}, {}, {"a": 1}, True),
        (("a", "b"), {"a": {"b": 1}}, {"a": {"b": 2, "c": 3}}, {"a": {"b": 1, "c": 3}}, True),
        (("a", "b"), {"a": {"b": 1}}, {}, {}, False),
        (("a", "b"), {}, {}, {}, True),
        (("a", 0), {"a": [1, 2]}, {"a": [3, 2]}, {"a": [1, 2]}, True),
        (("a", 1), {"a": [1]}, {"a": [3, 2]}, {"a": [3, 2]}, False),
        (("a", "*"), {"a": {"x": 1}}, {"a": {"x": 2, "y": 3}}, {"a": {"x": 1}}, True),
        (("a", "*", "x"), {"a": [{"x": 1}, {"x": 2}]}, {"a": [{"x": 9}, {"x": 9}]}, {"a": [{"x": 1}, {"x": 2}]}, True),
        (("a",), {"a": Secret(1)}, {"a": 2}, {"a": Secret(1)}, True),
        (("a", "b"), {"a": Secret({"b": 1})}, {"a": {"b": 2}}, {"a": {"b": Secret(1)}}, True),
        (("a", "b"), {"a": {"b": 1}}, {"a": Secret({"b": 2})}, {"a": Secret({"b": 1})}, True),
    ],
)
def test_resets(path: Path, old: Any, new: Any, result: Any, done: bool) -> None:
    assert property_path.reset(path, old, new) == (result, done)


def test_resetting_leaves_its_arguments_alone() -> None:
    new = {"a": {"b": 2}}
    property_path.reset(("a", "b"), {"a": {"b": 1}}, new)
    assert new == {"a": {"b": 2}}
