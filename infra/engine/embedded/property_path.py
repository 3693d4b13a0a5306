"""Property paths such as `root.nested`, `root["a key"][3]` and `root[*].field`, with Pulumi's rules."""

from __future__ import annotations

import re
from typing import Any

from infra.engine.embedded.wire import secret
from infra.engine.values import Properties, Secret, Value
from infra.model.errors import ConfigurationError

Path = tuple[str | int, ...]

WILDCARD = "*"
_ELEMENT = re.compile(r'\.?\[(?:"(?P<quoted>(?:\\"|[^"])*)"|(?P<index>\d+|\*))\]|\.?(?P<name>[^.\[]+)')


def parse(text: str) -> Path:
    """The elements of a path; raises ConfigurationError when it is malformed."""
    elements: list[str | int] = []
    position = 0
    while position < len(text):
        match = _ELEMENT.match(text, position)
        if match is None or (position == 0 and text.startswith(".")):
            raise ConfigurationError(f"property path {text!r} is malformed", 'write it like root.nested[0]["a key"]')
        elements.append(_element(match))
        position = match.end()
    return tuple(elements)


def _element(match: re.Match[str]) -> str | int:
    quoted, index, name = match.group("quoted", "index", "name")
    if quoted is not None:
        return str(quoted).replace('\\"', '"')
    if index is not None:
        return WILDCARD if index == WILDCARD else int(index)
    return str(name)


def render(path: Path) -> str:
    """The text of a path; keys that are no plain names are quoted."""
    text = ""
    for element in path:
        if isinstance(element, int):
            text += f"[{element}]"
        elif re.search(r'[.\[\]"]', element):
            text += '["' + element.replace('"', '\\"') + '"]'
        else:
            text += f".{element}" if text else element
    return text


def contains(outer: Path, inner: Path) -> bool:
    """Whether `inner` is `outer` or lies under it."""
    if len(inner) < len(outer):
        return False
    return all(mine in (WILDCARD, other) for mine, other in zip(outer, inner, strict=False))


def reset(path: Path, old: Properties, new: Properties) -> tuple[Properties, bool]:
    """`new` with its old value at `path`; False when old and new differ in shape along it."""
    copy = _copy(new)
    done = _reset(path, old, copy)
    return (copy, True) if done else (new, False)


def _copy(value: Value) -> Any:
    if isinstance(value, dict):
        return {key: _copy(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_copy(item) for item in value]
    return Secret(_copy(value.value)) if isinstance(value, Secret) else value


def _reset(path: Path, old: Value, new: Value, hide: bool = False) -> bool:
    """`hide` says that the old value lies inside a secret and the new one does not."""
    hide = (hide or isinstance(old, Secret)) and not isinstance(new, Secret)
    old, new = _bare(old), _bare(new)
    head, rest = path[0], path[1:]
    if head == WILDCARD:
        return _reset_all(rest, old, new, hide)
    if isinstance(head, int):
        return _reset_index(head, rest, old, new, hide)
    return _reset_key(head, rest, old, new, hide)


def _bare(value: Value) -> Value:
    while isinstance(value, Secret):
        value = value.value
    return value


def _reset_key(key: str, rest: Path, old: Value, new: Value, hide: bool) -> bool:
    has_old = isinstance(old, dict) and key in old
    has_new = isinstance(new, dict) and key in new
    if rest:
        if not has_old and not has_new:
            return True
        return has_old and has_new and _reset(rest, old[key], new[key], hide)
    if has_old:
        if not isinstance(new, dict):
            return False
        new[key] = secret(old[key]) if hide else old[key]
    elif has_new:
        del new[key]
    return True


def _reset_index(index: int, rest: Path, old: Value, new: Value, hide: bool) -> bool:
    if not isinstance(old, list) or not isinstance(new, list):
        return not isinstance(old, list) and not isinstance(new, list)
    has_old, has_new = index < len(old), index < len(new)
    if rest:
        return has_old and has_new and _reset(rest, old[index], new[index], hide)
    if has_old and has_new:
        new[index] = secret(old[index]) if hide else old[index]
    return has_old == has_new


def _reset_all(rest: Path, old: Value, new: Value, hide: bool) -> bool:
    if isinstance(old, dict) and isinstance(new, dict):
        keys = sorted(old if rest else {*old, *new})
        return all(_reset_key(key, rest, old, new, hide) for key in keys)
    if isinstance(old, list) and isinstance(new, list):
        return all(_reset_index(i, rest, old, new, hide) for i in range(max(len(old), len(new))))
    return not rest and isinstance(new, dict | list)
