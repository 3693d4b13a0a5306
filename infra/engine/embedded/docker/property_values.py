"""Between the provider protocol's `PropertyValue` and plain JSON values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pulumi.provider.experimental.property_value import Computed, PropertyValue
from pulumi.runtime.rpc import UNKNOWN

from infra.engine.embedded.docker.field import Plain, Properties


def plain(value: PropertyValue) -> Plain:
    """The JSON value inside; secrets are opened, whole numbers become ints."""
    inner = value.value
    if isinstance(inner, Computed):
        return UNKNOWN
    if isinstance(inner, float) and inner.is_integer():
        return int(inner)
    if isinstance(inner, Mapping):
        return {key: plain(item) for key, item in inner.items()}
    if isinstance(inner, Sequence) and not isinstance(inner, str):
        return [plain(item) for item in inner]
    return inner


def plain_properties(values: Mapping[str, PropertyValue]) -> Properties:
    """`plain` over a resource's properties, without the nulls."""
    return {key: plain(item) for key, item in values.items() if item.value is not None}


def boxed(value: Plain) -> PropertyValue:
    """The protocol's form of a JSON value."""
    if isinstance(value, dict):
        return PropertyValue({key: boxed(item) for key, item in value.items()})
    if isinstance(value, list | tuple):
        return PropertyValue([boxed(item) for item in value])
    if isinstance(value, int) and not isinstance(value, bool):
        return PropertyValue(float(value))
    return PropertyValue(value)


def boxed_outputs(outputs: Properties, inputs: Mapping[str, PropertyValue]) -> dict[str, PropertyValue]:
    """Outputs in the protocol's form; those whose input holds a secret are secret."""
    secret = {name for name, value in inputs.items() if value.contains_secret()}
    return {name: boxed(value).with_secret(name in secret) for name, value in outputs.items()}
