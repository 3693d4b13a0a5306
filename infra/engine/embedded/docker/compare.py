"""Whether a declared property and an observed one mean the same, whatever their spelling."""

from __future__ import annotations

from collections.abc import Callable

from infra.engine.embedded.docker.field import Field, Plain, Properties

DEFAULTS_KEY = "__defaults"
"""The bridge's list of inputs that it filled in itself; part of every object in a state's inputs."""


def is_empty(value: Plain) -> bool:
    """Whether Docker takes the value for "not set": Terraform's null and zero values are one."""
    if isinstance(value, dict):
        return not value.keys() - {DEFAULTS_KEY}
    return value is None or value in (False, 0, "", [])


def is_same(field: Field, declared: Plain, observed: Plain) -> bool:
    """Whether `observed` is what `declared` asks for; what Docker computes is not asked for."""
    if declared is None and field.computed:
        return True
    if field.kind == "string" and None not in (declared, observed) and _is_respelled(field, declared, observed):
        return True
    if is_empty(declared) or is_empty(observed):
        return is_empty(declared) and is_empty(observed)
    return _is_same_value(field, declared, observed)


def pairs(field: Field, declared: list[Plain], observed: list[Plain]) -> list[tuple[int | None, int | None]]:
    """Which declared element is which observed one, as index pairs; None where the other side lacks it.

    Equal elements belong together, then those of one identity; elements of an ordered list by position.
    """
    if field.kind == "list":
        length = max(len(declared), len(observed))
        return [_positions(index, len(declared), len(observed)) for index in range(length)]
    matched = _match(declared, observed, {}, lambda left, right: _is_same_element(field, left, right))
    if field.fields:
        key = field.identity
        matched = _match(declared, observed, matched, lambda left, right: left.get(key) == right.get(key))
    found = set(matched.values())
    return [(index, matched.get(index)) for index in range(len(declared))] + [
        (None, index) for index in range(len(observed)) if index not in found
    ]


def merged(field: Field, declared: Plain, observed: Plain) -> Plain:
    """What the state records: the program's spelling and order where it holds, else what was observed."""
    if field.kind == "object" and isinstance(declared, dict) and isinstance(observed, dict):
        return merged_properties(field.fields, declared, observed)
    if field.is_collection and isinstance(declared, list) and isinstance(observed, list):
        return [
            _merged_element(field, declared[left] if left is not None else None, observed[right])
            for left, right in pairs(field, declared, observed)
            if right is not None
        ]
    return declared if declared is not None and is_same(field, declared, observed) else observed


def merged_properties(fields: tuple[Field, ...], declared: Properties, observed: Properties) -> Properties:
    """`merged` over an object's properties; those that cannot be observed are taken as declared."""
    return {
        field.name: merged(field, declared.get(field.name), observed[field.name])
        if field.name in observed
        else without_defaults(declared.get(field.name, field.unset))
        for field in fields
    }


def without_defaults(value: Plain) -> Plain:
    """The value without the bridge's bookkeeping in any of its objects."""
    if isinstance(value, dict):
        return {key: without_defaults(item) for key, item in value.items() if key != DEFAULTS_KEY}
    if isinstance(value, list):
        return [without_defaults(item) for item in value]
    return value


def _is_same_value(field: Field, declared: Plain, observed: Plain) -> bool:
    if field.kind == "object":
        return _is_same_object(field.fields, declared, observed)
    if field.is_collection:
        return _is_same_collection(field, declared, observed)
    if field.kind == "map":
        return bool(_strings(declared) == _strings(observed))
    return _is_respelled(field, declared, observed)


def _is_respelled(field: Field, declared: Plain, observed: Plain) -> bool:
    return bool(field.spelling(declared) == field.spelling(observed))


def _is_same_object(fields: tuple[Field, ...], declared: Properties, observed: Properties) -> bool:
    return isinstance(observed, dict) and all(
        is_same(field, declared.get(field.name), observed.get(field.name)) for field in fields
    )


def _is_same_element(field: Field, declared: Plain, observed: Plain) -> bool:
    if field.fields:
        return _is_same_object(field.fields, declared, observed)
    return _is_respelled(field, declared, observed)


def _is_same_collection(field: Field, declared: Plain, observed: Plain) -> bool:
    if not isinstance(declared, list) or not isinstance(observed, list) or len(declared) != len(observed):
        return False
    return all(
        left is not None and right is not None and _is_same_element(field, declared[left], observed[right])
        for left, right in pairs(field, declared, observed)
    )


def _merged_element(field: Field, declared: Plain, observed: Plain) -> Plain:
    if field.fields:
        return merged_properties(field.fields, declared or {}, observed)
    return observed if declared is None or not _is_same_element(field, declared, observed) else declared


def _match(
    declared: list[Plain],
    observed: list[Plain],
    known: dict[int, int],
    belong_together: Callable[[Plain, Plain], bool],
) -> dict[int, int]:
    matched = dict(known)
    free = [index for index in range(len(observed)) if index not in known.values()]
    for left in range(len(declared)):
        if left in matched:
            continue
        right = next((index for index in free if belong_together(declared[left], observed[index])), None)
        if right is not None:
            matched[left] = right
            free.remove(right)
    return matched


def _positions(index: int, declared: int, observed: int) -> tuple[int | None, int | None]:
    return (index if index < declared else None, index if index < observed else None)


def _strings(values: Plain) -> Plain:
    if not isinstance(values, dict):
        return values
    return {key: str(value) for key, value in values.items() if key != DEFAULTS_KEY}
