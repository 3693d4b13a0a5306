"""Reads resources back and tells how they differ from what the state says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from infra.engine.embedded.apply import hide_secrets
from infra.engine.embedded.client import Found
from infra.engine.embedded.deployment import Deployment, now
from infra.engine.embedded.diff import Diff, invert
from infra.engine.embedded.equality import equal
from infra.engine.embedded.providers import Providers
from infra.engine.embedded.resource import Resource
from infra.engine.embedded.step import Compare
from infra.engine.events import Op


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What a resource turned out to be: `new` is None when it is gone."""

    old: Resource
    new: Resource | None
    diff: Diff

    @property
    def op(self) -> Op:
        """What happened to it behind the engine's back."""
        if self.new is None:
            return Op.DELETE
        if self.old.external:
            return Op.SAME if equal(self.old.outputs, self.new.outputs) else Op.UPDATE
        return Op.UPDATE if self.diff.has_changes else Op.SAME


def is_readable(resource: Resource) -> bool:
    """Whether there is anything to read: components and providers have nothing outside the state."""
    return resource.custom and not resource.is_provider and not resource.pending_replacement


def refresh(providers: Providers, old: Resource) -> Refreshed:
    """Read one resource back. Raises ResourceError."""
    client = providers.client(old.provider)
    found = client.read(old)
    if not found.id:
        return Refreshed(old, None, Diff(has_changes=True))
    new = _refreshed(old, found)
    if old.external:
        return Refreshed(old, new, Diff())
    question = Compare(old.urn, old.provider, new.id, new.inputs, new.outputs, old.inputs, old.ignore_changes)
    return Refreshed(old, new, invert(client.diff(question)))


def _refreshed(old: Resource, found: Found) -> Resource:
    inputs = found.inputs or old.inputs
    new = hide_secrets(replace(old, id=found.id, inputs=inputs, outputs=found.outputs, init_errors=()))
    changed = not (equal(new.inputs, old.inputs) and equal(new.outputs, old.outputs))
    return replace(new, modified=now()) if changed else new


def rebuild(deployment: Deployment, refreshed: Iterable[Refreshed]) -> Deployment:
    """The state with what was found; nothing in it refers to a resource that is gone."""
    results = {id(each.old): each.new for each in refreshed}
    kept: list[Resource] = []
    grandparents: dict[str, str] = {}
    alive: set[str] = set()
    for old in deployment.resources:
        new = results.get(id(old), old)
        if new is None:
            grandparents[old.urn] = _living(old.parent, alive, grandparents)
        else:
            kept.append(_without_dead(new, alive, grandparents))
            alive.add(new.urn)
    return replace(deployment, resources=tuple(kept))


def _living(parent: str, alive: set[str], grandparents: dict[str, str]) -> str:
    while parent and parent not in alive:
        parent = grandparents.get(parent, "")
    return parent


def _without_dead(resource: Resource, alive: set[str], grandparents: dict[str, str]) -> Resource:
    if all(urn in alive for urn in resource.depends_on()):
        return resource
    return replace(
        resource,
        parent=_living(resource.parent, alive, grandparents),
        dependencies=tuple(urn for urn in resource.dependencies if urn in alive),
        deleted_with=resource.deleted_with if resource.deleted_with in alive else "",
        property_dependencies={
            key: tuple(urn for urn in deps if urn in alive) for key, deps in resource.property_dependencies.items()
        },
    )
