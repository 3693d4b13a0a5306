"""Which properties of a resource a step changes, with their values on both sides; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from infra.engine.embedded import property_path
from infra.engine.events import Op, PropertyChange, StateView, StepView
from infra.engine.values import Value

Sign = Literal["+", "-", "~"]
ABSENT = object()
BOOKKEEPING = ("__defaults", "__meta", "__internal", "__pulumi_raw_state_delta")
IDENTITIES = ("id", "name", "label", "internal", "target", "containerPath", "file", "host")
"""Properties that tell the elements of a list apart; their order on the two sides may differ."""

_SIGNS: Mapping[str, Sign] = {"add": "+", "delete": "-", "update": "~"}


@dataclass(frozen=True, slots=True)
class PropertyLine:
    """One property path that changes; a side that does not exist is `ABSENT`."""

    sign: Sign
    path: str
    old: Value
    new: Value
    replaces: bool = False


def property_lines(step: StepView) -> list[PropertyLine]:
    """What the step changes: the provider's own diff, else what differs between old and new inputs.

    Providers number the elements of a list; here those with a name keep it, so that an insertion is one line.
    """
    if step.op is Op.CREATE or step.old is None:
        return [PropertyLine("+", key, ABSENT, _cleaned(value)) for key, value in _inputs(step.new).items()]
    if step.op is Op.DELETE or step.new is None:
        return [PropertyLine("-", key, _cleaned(value), ABSENT) for key, value in _inputs(step.old).items()]
    if not step.detailed_diff:
        return list(_differences((), _inputs(step.old), _inputs(step.new), set(step.keys)))
    return [line for path, change in sorted(step.detailed_diff.items()) for line in _from_provider(step, path, change)]


def looked_up(properties: Value, path: property_path.Path) -> Value:
    """The value at a path, or `ABSENT`."""
    value = properties
    for element in path:
        value = _member(value, element)
    return value


def _member(value: Value, element: str | int) -> Value:
    if isinstance(value, list):
        return value[element] if isinstance(element, int) and element < len(value) else ABSENT
    return value.get(element, ABSENT) if isinstance(value, dict) else ABSENT


def _inputs(state: StateView | None) -> dict[str, Value]:
    return {key: value for key, value in (state.inputs if state else {}).items() if key not in BOOKKEEPING}


def _from_provider(step: StepView, text: str, change: PropertyChange) -> Iterator[PropertyLine]:
    path = property_path.parse(text)
    kind, _, replaces = change.kind.partition("-")
    top = path[:1]
    old, new = _value(step.old, top), _value(step.new, top)
    if len(path) > 1 and _are_named(old) and _are_named(new):
        if _is_first_of(step, top, text):
            yield from _differences(top, old, new, {str(top[0])} if replaces else set())
        return
    new = ABSENT if kind == "delete" else _value(step.new, path)
    old = ABSENT if kind == "add" else _value(step.old, path)
    yield PropertyLine(_SIGNS[kind], text, _cleaned(old), _cleaned(new), bool(replaces))


def _is_first_of(step: StepView, top: property_path.Path, text: str) -> bool:
    """Whether `text` is the first of the provider's paths into this list, which is shown once as a whole."""
    inside = (path for path in sorted(step.detailed_diff or {}) if property_path.parse(path)[:1] == top)
    return next(inside) == text


def _value(state: StateView | None, path: property_path.Path) -> Value:
    if state is None:
        return ABSENT
    value = looked_up(state.inputs, path)
    return value if value is not ABSENT else looked_up(state.outputs, path)


def _differences(path: property_path.Path, old: Value, new: Value, keys: set[str]) -> Iterator[PropertyLine]:
    if old == new:
        return
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted({*old, *new} - {*BOOKKEEPING}):
            yield from _differences((*path, key), old.get(key, ABSENT), new.get(key, ABSENT), keys)
    elif _are_named(old) and _are_named(new):
        yield from _named_differences(path, old, new, keys)
    elif isinstance(old, list) and isinstance(new, list):
        for index in range(max(len(old), len(new))):
            yield from _differences((*path, index), _at(old, index), _at(new, index), keys)
    else:
        sign: Sign = "+" if old is ABSENT else "-" if new is ABSENT else "~"
        yield PropertyLine(sign, property_path.render(path), _cleaned(old), _cleaned(new), path[0] in keys)


def _named_differences(
    path: property_path.Path, old: list[Value], new: list[Value], keys: set[str]
) -> Iterator[PropertyLine]:
    before = {_name(each): each for each in old}
    after = {_name(each): each for each in new}
    for name in [*after, *(name for name in before if name not in after)]:
        yield from _differences((*path, name), before.get(name, ABSENT), after.get(name, ABSENT), keys)
    if list(before) != list(after) and before == after:
        yield PropertyLine("~", property_path.render(path), list(before), list(after), path[0] in keys)


def _are_named(value: Value) -> bool:
    """Whether it is a list of objects that a property of each tells apart."""
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        return False
    names = [_name(each) for each in value]
    return all(names) and len(set(names)) == len(names)


def _name(element: dict[str, Value]) -> str:
    return next((str(element[key]) for key in IDENTITIES if isinstance(element.get(key), str | int)), "")


def _at(values: list[Value], index: int) -> Value:
    return values[index] if index < len(values) else ABSENT


def _cleaned(value: Value) -> Value:
    """The value without what only engines care about."""
    if isinstance(value, dict):
        return {key: _cleaned(item) for key, item in value.items() if key not in BOOKKEEPING}
    if isinstance(value, list):
        return [_cleaned(item) for item in value]
    return value
