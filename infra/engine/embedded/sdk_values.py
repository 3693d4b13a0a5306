"""Property values as the provider SDK takes and gives them.

The SDK's plugin server hands an unknown to a provider as the protocol's plain string, and has no other form for
one on the way back. In-process calls do the same, so that a provider cannot tell the engines apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from pulumi.provider.experimental.property_value import Computed, PropertyValue, ResourceReference

from infra.engine.embedded.refusal import Unsupported
from infra.engine.embedded.wire import UNKNOWN_STRING, number
from infra.engine.values import UNKNOWN, Properties, Reference, Secret, Value


def to_sdk(properties: Mapping[str, Value]) -> dict[str, PropertyValue]:
    """`properties` for a provider request."""
    return {key: _to_sdk(item) for key, item in properties.items()}


def _to_sdk(value: Value, is_secret: bool = False) -> PropertyValue:
    if isinstance(value, Secret):
        return _to_sdk(value.value, is_secret=True)
    if isinstance(value, dict | list | Reference):
        return PropertyValue(_bare(value), is_secret=is_secret)
    return _leaf(value, is_secret)


@lru_cache(maxsize=10_000, typed=True)
def _leaf(value: Value, is_secret: bool) -> PropertyValue:
    """Most values are asked about several times: of the program and of the state, to be checked and to be compared."""
    return PropertyValue(_bare(value), is_secret=is_secret)


def _bare(value: Value) -> Any:
    if value is UNKNOWN:
        return UNKNOWN_STRING
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, dict):
        return to_sdk(value)
    if isinstance(value, list):
        return [_to_sdk(item) for item in value]
    if isinstance(value, Reference):
        known_id = None if value.id is None else _to_sdk(value.id)
        return ResourceReference(value.urn, known_id, value.package_version or None)
    return value


def from_sdk(properties: Mapping[str, PropertyValue]) -> Properties:
    """The values in a provider's response."""
    return {key: _from_sdk(item) for key, item in properties.items()}


def _from_sdk(item: PropertyValue) -> Value:
    value = _plain(item.value)
    return Secret(value) if item.is_secret and not isinstance(value, Secret) else value


def _plain(value: Any) -> Value:
    if isinstance(value, str):
        return UNKNOWN if value == UNKNOWN_STRING else value
    if isinstance(value, float):
        return number(value)
    if isinstance(value, Mapping):
        return from_sdk(value)
    if isinstance(value, Sequence):
        return [_from_sdk(item) for item in value]
    return value if value is None or isinstance(value, bool) else _special(value)


def _special(value: Any) -> Value:
    if isinstance(value, Computed):
        return UNKNOWN
    if isinstance(value, ResourceReference):
        known_id = None if value.resource_id is None else _from_sdk(value.resource_id)
        return Reference(value.urn, known_id, value.package_version or "")
    raise Unsupported("assets and archives")
