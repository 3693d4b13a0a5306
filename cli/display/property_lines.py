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
    """What the step changes: the provider's own diff, else what differs between old and new inputs."""
    if step.op is Op.CREATE or step.old is None:
        return [PropertyLine("+", key, ABSENT, value) for key, value in _inputs(step.new).items()]
    if step.op is Op.DELETE or step.new is None:
        return [PropertyLine("-", key, value, ABSENT) for key, value in _inputs(step.old).items()]
    if step.detailed_diff:
        return [_from_provider(step, path, change) for path, change in sorted(step.detailed_diff.items())]
    return list(_differences("", _inputs(step.old), _inputs(step.new), set(step.keys)))


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


def _from_provider(step: StepView, text: str, change: PropertyChange) -> PropertyLine:
    path = property_path.parse(text)
    kind, _, replaces = change.kind.partition("-")
    new = ABSENT if kind == "delete" else _value(step.new, path)
    old = ABSENT if kind == "add" else _old_value(step, path, removed=kind == "delete")
    return PropertyLine(_SIGNS[kind], text, _cleaned(old), _cleaned(new), bool(replaces))


def _old_value(step: StepView, path: property_path.Path, *, removed: bool) -> Value:
    if removed or step.new is None or step.old is None:
        return _value(step.old, path)
    for side in (step.old.inputs, step.old.outputs):
        value = looked_up(side, _counterpart(path, side, step.new.inputs))
        if value is not ABSENT:
            return value
    return ABSENT


def _value(state: StateView | None, path: property_path.Path) -> Value:
    if state is None:
        return ABSENT
    value = looked_up(state.inputs, path)
    return value if value is not ABSENT else looked_up(state.outputs, path)


def _counterpart(path: property_path.Path, old: Value, new: Value) -> property_path.Path:
    """The path of the same list elements in `old`, which may have them in another order."""
    found: list[str | int] = []
    for index, element in enumerate(path):
        matched = element
        if isinstance(element, int):
            matched = _same_element(looked_up(old, tuple(found)), looked_up(new, path[: index + 1]), element)
        found.append(matched)
    return tuple(found)


def _same_element(elements: Value, wanted: Value, index: int) -> int:
    if not isinstance(elements, list) or not isinstance(wanted, dict):
        return index
    key = next((key for key in IDENTITIES if key in wanted), "")
    matches = (
        place for place, each in enumerate(elements) if isinstance(each, dict) and each.get(key) == wanted.get(key)
    )
    return next(matches, index) if key else index


def _differences(path: str, old: Value, new: Value, keys: set[str]) -> Iterator[PropertyLine]:
    if old == new:
        return
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted({*old, *new} - {*BOOKKEEPING}):
            place = property_path.render((*property_path.parse(path), key))
            yield from _differences(place, old.get(key, ABSENT), new.get(key, ABSENT), keys)
    elif isinstance(old, list) and isinstance(new, list):
        for index in range(max(len(old), len(new))):
            yield from _differences(f"{path}[{index}]", _at(old, index), _at(new, index), keys)
    else:
        sign: Sign = "+" if old is ABSENT else "-" if new is ABSENT else "~"
        top = str(property_path.parse(path)[0])
        yield PropertyLine(sign, path, _cleaned(old), _cleaned(new), top in keys)


def _at(values: list[Value], index: int) -> Value:
    return values[index] if index < len(values) else ABSENT


def _cleaned(value: Value) -> Value:
    """The value without what only engines care about."""
    if isinstance(value, dict):
        return {key: _cleaned(item) for key, item in value.items() if key not in BOOKKEEPING}
    if isinstance(value, list):
        return [_cleaned(item) for item in value]
    return value
