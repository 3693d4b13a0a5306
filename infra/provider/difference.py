"""Which paths differ between two plain values, in Pulumi's property path syntax."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal

Kind = Literal["add", "delete", "update"]
_BARE = re.compile(r"^[A-Za-z_][A-Za-z0-9_]*$")


def differences(old: Mapping[str, Any], new: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Kind]]:
    """Each differing path with how it differs; a missing key and null are the same."""
    for key in dict.fromkeys([*old, *new]):
        yield from _values(old.get(key), new.get(key), _member(path, key))


def _values(old: Any, new: Any, path: str) -> Iterator[tuple[str, Kind]]:
    if old is None and new is not None:
        yield path, "add"
    elif new is None and old is not None:
        yield path, "delete"
    elif isinstance(old, Mapping) and isinstance(new, Mapping):
        yield from differences(old, new, path)
    elif isinstance(old, list) and isinstance(new, list):
        yield from _items(old, new, path)
    elif old != new:
        yield path, "update"


def _items(old: list[Any], new: list[Any], path: str) -> Iterator[tuple[str, Kind]]:
    for index in range(max(len(old), len(new))):
        before = old[index] if index < len(old) else None
        after = new[index] if index < len(new) else None
        yield from _values(before, after, f"{path}[{index}]")


def _member(path: str, key: str) -> str:
    if not _BARE.match(key):
        return f'{path}["{key}"]'
    return f"{path}.{key}" if path else key


def top_level(path: str) -> str:
    """The property a path starts in: `changesets[2].id` -> `changesets`."""
    return re.split(r"[.\[]", path, maxsplit=1)[0]
