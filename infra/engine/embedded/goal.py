"""What the program asks for: one registration of a resource."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from infra.engine.embedded import urn as urns
from infra.engine.embedded.resource import NO_TIMEOUTS, Resource, Timeouts
from infra.engine.values import Properties


@dataclass(frozen=True, slots=True)
class Alias:
    """An earlier identity of a resource: a whole URN, or the parts that were different."""

    urn: str = ""
    name: str = ""
    type: str = ""
    project: str = ""
    stack: str = ""
    parent: str = ""
    no_parent: bool = False


@dataclass(frozen=True, slots=True)
class Goal:
    """A resource as the program wants it."""

    type: str
    name: str
    custom: bool
    inputs: Properties = field(default_factory=dict)
    parent: str = ""
    provider: str = ""
    protect: bool = False
    retain_on_delete: bool = False
    deleted_with: str = ""
    delete_before_replace: bool | None = None
    dependencies: tuple[str, ...] = ()
    property_dependencies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ignore_changes: tuple[str, ...] = ()
    replace_on_changes: tuple[str, ...] = ()
    additional_secret_outputs: tuple[str, ...] = ()
    aliases: tuple[Alias, ...] = ()
    timeouts: Timeouts = NO_TIMEOUTS
    source_position: str = ""

    def needs(self) -> Iterator[str]:
        """URNs of everything that has to exist before it."""
        if self.parent:
            yield self.parent
        yield from self.dependencies
        for deps in self.property_dependencies.values():
            yield from deps
        if self.deleted_with:
            yield self.deleted_with
        if self.provider:
            yield urns.split_reference(self.provider)[0]


def as_resource(goal: Goal, urn: str, old: Resource | None, alias: str) -> Resource:
    """The state that the goal aims at, before its inputs are checked and it has an id."""
    return Resource(
        urn=urn,
        type=goal.type,
        custom=goal.custom,
        inputs=goal.inputs,
        parent=goal.parent,
        provider=goal.provider,
        protect=goal.protect,
        retain_on_delete=goal.retain_on_delete,
        deleted_with=goal.deleted_with,
        dependencies=goal.dependencies,
        property_dependencies=goal.property_dependencies,
        additional_secret_outputs=goal.additional_secret_outputs,
        aliases=(alias,) if alias else (),
        timeouts=goal.timeouts,
        ignore_changes=goal.ignore_changes,
        replace_on_changes=goal.replace_on_changes,
        created=old.created if old else "",
        modified=old.modified if old else "",
        source_position=goal.source_position,
    )
