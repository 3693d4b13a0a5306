"""How one property of a resource type behaves: its kind, default, who sets it and what a change costs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

Plain = Any
"""A JSON value: None, bool, int, str, list or dict. Unknowns are the SDK's sentinel string."""

Properties = dict[str, Plain]
TIMEOUTS_KEY = "e2bfb730-ecaa-11e6-8f88-34363bc7c4c0"
TIMEOUT_NANOSECONDS = 1_200_000_000_000

Kind = Literal["string", "int", "bool", "map", "list", "set", "object"]


def as_written(value: Plain) -> Plain:
    """The spelling of a value that has only one."""
    return value


@dataclass(frozen=True, slots=True)
class Field:
    """One property, by its Pulumi name.

    `fields` are those of the object, or of each element of a list or set. The first of them identifies an
    element. A `computed` property is filled in by Docker when the program leaves it out; a `read_only` one is
    never the program's. `replaces` says that Docker cannot change it on the living object. `spelling` maps
    every way of writing a value to one.
    """

    name: str
    kind: Kind = "string"
    fields: tuple[Field, ...] = ()
    default: Plain = None
    required: bool = False
    computed: bool = False
    read_only: bool = False
    replaces: bool = True
    spelling: Callable[[Plain], Plain] = as_written

    @property
    def is_collection(self) -> bool:
        return self.kind in ("list", "set")

    @property
    def unset(self) -> Plain:
        """What pulumi-docker records for a property that neither program nor Docker says anything about."""
        if self.is_collection:
            return []
        return False if self.kind == "bool" else None

    @property
    def identity(self) -> str:
        """The nested property that tells elements apart; empty for plain elements."""
        return self.fields[0].name if self.fields else ""


@dataclass(frozen=True, slots=True)
class Schema:
    """The properties of a resource type; `refused` are pulumi-docker's that this provider does not have.

    `version` is that of pulumi-docker's state schema; `has_timeouts` says that it records its default ones.
    """

    fields: tuple[Field, ...]
    refused: frozenset[str] = frozenset()
    version: int = 0
    has_timeouts: bool = False
    replaced_by_deletion: bool = False

    def __iter__(self) -> Iterator[Field]:
        return iter(self.fields)

    @property
    def meta(self) -> dict[str, Any]:
        """What the bridge keeps beside the outputs of a resource of this type."""
        timeouts = {TIMEOUTS_KEY: dict.fromkeys(("create", "delete", "update"), TIMEOUT_NANOSECONDS)}
        return (timeouts if self.has_timeouts else {}) | ({"schema_version": str(self.version)} if self.version else {})


LABELS = (Field("label", required=True), Field("value", required=True))
