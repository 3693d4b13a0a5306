"""The state while it changes: what the last update left, and what this one has done so far.

The rules are those of the Pulumi CLI's snapshot: resources of this update come first, in the order in which
they were done; then, in their old order, those that this update has not reached.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from threading import Lock

from infra.engine.embedded import urn as urns
from infra.engine.embedded.deployment import Deployment, Operation, OperationType
from infra.engine.embedded.resource import Resource


class Snapshot:
    """A state under change; safe to use from several threads.

    Resources are told apart by identity. Where one is amended, as when it is marked for deletion, its first
    version remains its name. `generation` counts the changes that are worth a write.
    """

    def __init__(self, base: Deployment, generation: int = 0) -> None:
        self._lock = Lock()
        self._extra = base.extra
        self._base: dict[int, Resource] = {id(each): each for each in base.resources}
        self._fresh: dict[int, Resource] = {}
        self._operations: dict[int, Operation] = {id(each): each for each in base.operations}
        self._inherited = frozenset(self._operations)
        self._anchors = list(base.resources)
        self.generation = generation

    def begin(self, resource: Resource, kind: OperationType) -> Operation:
        """Note that a step on `resource` starts."""
        operation = Operation(resource, kind)
        with self._changed():
            self._operations[id(operation)] = operation
        return operation

    def end(self, operation: Operation) -> None:
        """Note that the step is over, whatever came of it."""
        with self._changed():
            self._operations.pop(id(operation), None)

    def is_pending(self, operation: Operation) -> bool:
        """Whether the end of the step is not known."""
        with self._lock:
            return id(operation) in self._operations

    def supersede(self, operation: Operation) -> None:
        """Note that a step did what earlier ones like it, which nobody could look into, had begun."""
        with self._lock:
            for key in self._inherited & self._operations.keys():
                if is_like(self._operations[key], operation):
                    del self._operations[key]

    def add(self, resource: Resource, *, instead_of: Resource | None = None) -> None:
        """A resource exists now; `instead_of` is the state that it supersedes."""
        with self._changed():
            self._put(resource, instead_of)

    def keep(self, resource: Resource, *, instead_of: Resource) -> None:
        """A resource is as it was: the same as `add`, but nothing that has to be written."""
        with self._lock:
            self._put(resource, instead_of)

    def remove(self, resource: Resource) -> None:
        """A resource is gone."""
        with self._changed():
            self._forget(resource)

    def amend(self, resource: Resource, change: Callable[[Resource], Resource]) -> Resource:
        """Change what is known of a resource where it stands; returns the new version."""
        with self._changed():
            place = self._base if id(resource) in self._base else self._fresh
            amended = place[id(resource)] = change(place[id(resource)])
            return amended

    def current(self, resource: Resource) -> Resource:
        """The latest version of `resource`, or itself when it is not part of the state."""
        with self._lock:
            return self._base.get(id(resource)) or self._fresh.get(id(resource)) or resource

    def untouched(self) -> Iterator[tuple[Resource, Resource]]:
        """Resources of the last update that this one has not superseded: as they were, and as they are."""
        with self._lock:
            pairs = [(each, self._base[id(each)]) for each in self._anchors if id(each) in self._base]
        yield from pairs

    def freeze(self) -> Deployment:
        """The state at this moment."""
        with self._lock:
            resources = [*self._fresh.values(), *self._base.values()]
            operations = tuple(self._operations.values())
        return Deployment(tuple(normalised(resources)), operations, self._extra)

    def _put(self, resource: Resource, instead_of: Resource | None) -> None:
        if instead_of is not None:
            self._forget(instead_of)
        self._fresh[id(resource)] = resource
        self._anchors.append(resource)

    def _forget(self, resource: Resource) -> None:
        self._base.pop(id(resource), None)
        self._fresh.pop(id(resource), None)

    @contextmanager
    def _changed(self) -> Iterator[None]:
        with self._lock:
            yield
            self.generation += 1


def is_like(one: Operation, other: Operation) -> bool:
    """Whether two operations do the same to one resource."""
    return one.type is other.type and one.resource.urn == other.resource.urn


def normalised(resources: list[Resource]) -> list[Resource]:
    """`resources` with references to old URNs turned into those of the resources that took them over."""
    renamed: dict[str, str] = {}
    for each in resources:
        renamed.update(dict.fromkeys(each.aliases, each.urn))
    if not renamed:
        return resources
    return [_renamed(each, renamed) for each in resources]


def _renamed(resource: Resource, names: dict[str, str]) -> Resource:
    return replace(
        resource,
        aliases=(),
        parent=names.get(resource.parent, resource.parent),
        provider=_renamed_reference(resource.provider, names),
        deleted_with=names.get(resource.deleted_with, resource.deleted_with),
        dependencies=tuple(names.get(each, each) for each in resource.dependencies),
        property_dependencies={
            key: tuple(names.get(each, each) for each in deps) for key, deps in resource.property_dependencies.items()
        },
    )


def _renamed_reference(ref: str, names: dict[str, str]) -> str:
    if not ref:
        return ref
    urn, resource_id = urns.split_reference(ref)
    return urns.reference(names.get(urn, urn), resource_id)
