"""Validates a resource's inputs and fills in defaults, with the bridge's bookkeeping; pure.

Works on the protocol's values, so that secrets stay wrapped. Defaults that are false, zero or empty are left
out, as the bridge does since its issue 2618.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pulumi.provider.experimental.property_value import PropertyValue
from pulumi.runtime.rpc import UNKNOWN

from infra.engine.embedded.docker.compare import DEFAULTS_KEY
from infra.engine.embedded.docker.field import Field, Schema
from infra.engine.embedded.docker.property_values import boxed

Values = Mapping[str, PropertyValue]

NAME_SUFFIX_DIGITS = 7


@dataclass(frozen=True, slots=True)
class Failure:
    """A property that cannot be accepted, and why."""

    path: str
    reason: str


def with_defaults(schema: Schema, inputs: Values) -> dict[str, PropertyValue]:
    """The inputs with what the program left out, and the list of that under `__defaults`."""
    return _filled(schema.fields, inputs)


def named(inputs: Values, old: Values, logical_name: str, seed: bytes) -> dict[str, PropertyValue]:
    """The inputs with a physical name, kept from `old` or made as the Pulumi CLI makes it."""
    if "name" in inputs and inputs["name"].value is not None:
        return dict(inputs)
    kept = old.get("name")
    name = kept or PropertyValue(f"{logical_name}-{seed.hex()[:NAME_SUFFIX_DIGITS]}")
    return {**inputs, "name": name, DEFAULTS_KEY: boxed(["name"])}


def failures(schema: Schema, inputs: Values) -> list[Failure]:
    """Unknown and refused properties, missing ones, and those of a wrong type."""
    return [*_refusals(schema, inputs), *_object_failures(schema.fields, inputs, "")]


def _filled(fields: tuple[Field, ...], inputs: Values) -> dict[str, PropertyValue]:
    known = {field.name: field for field in fields}
    filled = {
        name: _filled_value(known[name], value) if name in known else value
        for name, value in inputs.items()
        if value.value is not None
    }
    missing = {field.name: boxed(field.default) for field in fields if field.name not in filled and field.default}
    marked = inputs[DEFAULTS_KEY].value if DEFAULTS_KEY in inputs else ()
    already = (
        [str(item.value) for item in marked if isinstance(item, PropertyValue)] if isinstance(marked, Sequence) else []
    )
    return {**filled, **missing, DEFAULTS_KEY: boxed(sorted([*missing, *already]))}


def _filled_value(field: Field, value: PropertyValue) -> PropertyValue:
    inner = value.value
    if not field.fields:
        return value
    if isinstance(inner, Mapping):
        return value.with_value(_filled(field.fields, inner))
    if isinstance(inner, Sequence) and not isinstance(inner, str):
        return value.with_value([_filled_value(replace(field, kind="object"), item) for item in inner])
    return value


def _refusals(schema: Schema, inputs: Values) -> Iterator[Failure]:
    known = {field.name for field in schema if not field.read_only}
    for name, value in inputs.items():
        if name in known or name == DEFAULTS_KEY or value.value is None:
            continue
        if name in schema.refused:
            yield Failure(name, "not supported by the embedded engine; deploy with the Pulumi CLI")
        else:
            yield Failure(name, f"no such property, expected one of {', '.join(sorted(known))}")


def _object_failures(fields: tuple[Field, ...], inputs: Values, prefix: str) -> Iterator[Failure]:
    for field in fields:
        path = f"{prefix}{field.name}"
        value = inputs.get(field.name)
        if value is None or value.value is None:
            if field.required:
                yield Failure(path, "missing, but required")
        elif value.value != UNKNOWN and value.type.value != "Computed":
            yield from _value_failures(field, value, path)


def _value_failures(field: Field, value: PropertyValue, path: str) -> Iterator[Failure]:
    inner = value.value
    if not _has_kind(field, inner):
        yield Failure(path, f"expected {_EXPECTED[field.kind]}, got {value.type.value.lower()}")
    elif field.fields and isinstance(inner, Mapping):
        yield from _object_failures(field.fields, inner, f"{path}.")
    elif field.fields and isinstance(inner, Sequence):
        for index, item in enumerate(inner):
            if isinstance(item, PropertyValue) and isinstance(item.value, Mapping):
                yield from _object_failures(field.fields, item.value, f"{path}[{index}].")


_EXPECTED = {
    "string": "a string",
    "int": "a number",
    "bool": "true or false",
    "map": "an object of strings",
    "object": "an object",
    "list": "an array",
    "set": "an array",
}


def _has_kind(field: Field, value: object) -> bool:
    if field.kind in ("map", "object"):
        return isinstance(value, Mapping)
    if field.is_collection:
        return isinstance(value, Sequence) and not isinstance(value, str)
    expected = {"string": str, "int": float, "bool": bool}[field.kind]
    return isinstance(value, expected)
