"""Property values as the engine holds them: JSON values plus secrets, unknowns and resource references.

Numbers are floats or ints, objects are dicts and lists are lists, just as JSON has them. A secret keeps its
value wrapped, so that printing or serialising it by accident shows nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

Value = Any
Properties = dict[str, Value]

MASK = "[secret]"
"""What stands for a secret on screen and in JSON digests, as in the Pulumi CLI."""


class _Unknown(Enum):
    UNKNOWN = "unknown"

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN = _Unknown.UNKNOWN
"""A value that a preview cannot know before the resource exists."""


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that is encrypted on disk and masked on screen."""

    value: Value

    def __repr__(self) -> str:
        return f"Secret({MASK})"


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference to another resource, passed as a property value."""

    urn: str
    id: Value = None
    package_version: str = ""


def transform(value: Value, leaf: Callable[[Value], Value]) -> Value:
    """A copy of `value` in which `leaf` has replaced everything that is neither a dict nor a list."""
    if isinstance(value, dict):
        return {key: transform(item, leaf) for key, item in value.items()}
    if isinstance(value, list):
        return [transform(item, leaf) for item in value]
    return leaf(value)


def has_unknowns(value: Value) -> bool:
    """Whether an unknown stands anywhere inside."""
    if isinstance(value, dict):
        return any(has_unknowns(item) for item in value.values())
    if isinstance(value, list):
        return any(has_unknowns(item) for item in value)
    if isinstance(value, Secret):
        return has_unknowns(value.value)
    return value is UNKNOWN


def has_secrets(value: Value) -> bool:
    """Whether a secret stands anywhere inside."""
    if isinstance(value, dict):
        return any(has_secrets(item) for item in value.values())
    if isinstance(value, list):
        return any(has_secrets(item) for item in value)
    return isinstance(value, Secret)


def reveal(value: Value) -> Value:
    """`value` with every secret unwrapped."""
    return transform(value, lambda leaf: reveal(leaf.value) if isinstance(leaf, Secret) else leaf)


def masked(value: Value) -> Value:
    """`value` with `[secret]` in place of every secret: what screens and reports may hold."""
    return transform(value, lambda leaf: MASK if isinstance(leaf, Secret) else leaf)


def masked_properties(properties: Mapping[str, Value]) -> Properties:
    """`masked` over a resource's properties."""
    return {key: masked(item) for key, item in properties.items()}
