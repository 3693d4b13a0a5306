"""Between Pulumi's property values and plain Python ones."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pulumi.provider.experimental.property_value import PropertyValue
from pulumi.runtime.rpc import UNKNOWN as UNKNOWN_TEXT

Properties = Mapping[str, PropertyValue]


class Unknown:
    """A value that a preview cannot know yet."""

    def __repr__(self) -> str:
        return "[unknown]"


UNKNOWN: Final = Unknown()


def plain(value: PropertyValue) -> Any:
    """The value without secrecy and dependencies; whole numbers as int, unknowns as UNKNOWN."""
    inner = value.value
    if inner == UNKNOWN_TEXT:
        return UNKNOWN
    if isinstance(inner, float) and inner.is_integer():
        return int(inner)
    if isinstance(inner, Mapping):
        return {key: plain(item) for key, item in inner.items()}
    if isinstance(inner, Sequence) and not isinstance(inner, str):
        return [plain(item) for item in inner]
    return inner


def plain_all(properties: Properties) -> dict[str, Any]:
    """Each property's plain value."""
    return {key: plain(value) for key, value in properties.items() if not key.startswith("__")}


def wire(value: Any, *, secret: bool = False) -> PropertyValue:
    """A plain value as Pulumi carries it."""
    if value is UNKNOWN:
        return PropertyValue(
            UNKNOWN_TEXT, is_secret=secret
        )  # what the SDK (3.272) hands on; it cannot marshal Computed
    if isinstance(value, int) and not isinstance(value, bool):
        return PropertyValue(float(value), is_secret=secret)
    if isinstance(value, Mapping):
        return PropertyValue({key: wire(item) for key, item in value.items()}, is_secret=secret)
    if isinstance(value, list | tuple):
        return PropertyValue([wire(item) for item in value], is_secret=secret)
    return PropertyValue(value, is_secret=secret)


def has_unknown(value: Any) -> bool:
    """Whether a plain value is or holds UNKNOWN."""
    if isinstance(value, Mapping):
        return any(has_unknown(item) for item in value.values())
    if isinstance(value, list):
        return any(has_unknown(item) for item in value)
    return value is UNKNOWN
