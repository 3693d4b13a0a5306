"""What changes between a resource's recorded outputs and its new inputs; pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from infra.engine.embedded.docker.compare import is_empty, is_same, pairs
from infra.engine.embedded.docker.field import Field, Plain, Properties

Kind = Literal["add", "delete", "update"]


@dataclass(frozen=True, slots=True)
class Change:
    """One property path that changes, like `labels[2].value`, and whether the object has to be replaced."""

    path: str
    kind: Kind
    replaces: bool

    @property
    def property_name(self) -> str:
        """The top-level property that the path is in."""
        return self.path.split(".")[0].split("[")[0]


def changes(fields: tuple[Field, ...], recorded: Properties, declared: Properties) -> list[Change]:
    """Every difference that matters, in the order of `fields`."""
    return [
        change
        for field in fields
        if not field.read_only
        for change in _field_changes(
            field, field.name, recorded.get(field.name), declared.get(field.name), field.replaces
        )
    ]


def _field_changes(field: Field, path: str, recorded: Plain, declared: Plain, replaces: bool) -> Iterator[Change]:
    if is_same(field, declared, recorded):
        return
    if is_empty(recorded) and field.kind != "bool":
        yield Change(path, "add", replaces)
    elif declared is None:
        yield Change(path, "delete", replaces)
    elif field.is_collection and isinstance(recorded, list) and isinstance(declared, list):
        yield from _element_changes(field, path, recorded, declared, replaces)
    elif field.kind == "object" and isinstance(recorded, dict) and isinstance(declared, dict):
        yield from _object_changes(field.fields, path, recorded, declared, replaces)
    elif field.kind == "map" and isinstance(recorded, dict) and isinstance(declared, dict):
        yield from _entry_changes(path, recorded, declared, replaces)
    else:
        yield Change(path, "update", replaces)


def _element_changes(
    field: Field, path: str, recorded: list[Plain], declared: list[Plain], replaces: bool
) -> Iterator[Change]:
    for new, old in pairs(field, declared, recorded):
        if old is None:
            yield Change(f"{path}[{new}]", "add", replaces)
        elif new is None:
            yield Change(f"{path}[{old}]", "delete", replaces)
        elif field.fields:
            yield from _object_changes(field.fields, f"{path}[{new}]", recorded[old], declared[new], replaces)
        elif field.spelling(declared[new]) != field.spelling(recorded[old]):
            yield Change(f"{path}[{new}]", "update", replaces)


def _object_changes(
    fields: tuple[Field, ...], path: str, recorded: Properties, declared: Properties, replaces: bool
) -> Iterator[Change]:
    for field in fields:
        yield from _field_changes(
            field, f"{path}.{field.name}", recorded.get(field.name), declared.get(field.name), replaces
        )


def _entry_changes(path: str, recorded: Properties, declared: Properties, replaces: bool) -> Iterator[Change]:
    for key in sorted(recorded.keys() | declared.keys()):
        entry = f"{path}.{key}" if key.isidentifier() else f'{path}["{key}"]'
        if key not in recorded:
            yield Change(entry, "add", replaces)
        elif key not in declared:
            yield Change(entry, "delete", replaces)
        elif str(recorded[key]) != str(declared[key]):
            yield Change(entry, "update", replaces)
