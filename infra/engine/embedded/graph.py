"""Which resources of a state need which. A state lists every resource after those it depends on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence

from infra.engine.embedded.resource import Resource


def dependents(
    resources: Sequence[Resource], root: Resource, *, ignored: Collection[str] = (), children: bool = False
) -> list[Resource]:
    """Resources that need `root`, directly or through others, in dependency order.

    With `children` a resource's children need it too. URNs in `ignored` are passed over.
    """
    reached = {root.urn}
    found = []
    for each in resources[_position(resources, root) + 1 :]:
        if each.urn not in ignored and any(urn in reached for urn in each.depends_on(parent=children)):
            reached.add(each.urn)
            found.append(each)
    return found


def _position(resources: Sequence[Resource], wanted: Resource) -> int:
    return next(index for index, each in enumerate(resources) if each is wanted)


def blockers(resources: Iterable[Resource]) -> dict[int, set[int]]:
    """For each resource, by identity, those among `resources` that have to be deleted before it.

    A dependency on a component is one on everything in it that was made before.
    """
    listing = _Listing()
    for each in resources:
        listing.add(each)
    return listing.blocking


class _Listing:
    """Resources seen so far: who has a URN, and who stands below it."""

    def __init__(self) -> None:
        self.blocking: dict[int, set[int]] = {}
        self._holders: defaultdict[str, list[Resource]] = defaultdict(list)
        self._below: defaultdict[str, list[Resource]] = defaultdict(list)
        self._parents: dict[str, str] = {}

    def add(self, resource: Resource) -> None:
        for needed in self._needs(resource):
            self.blocking[id(needed)].add(id(resource))
        self.blocking[id(resource)] = set()
        self._holders[resource.urn].append(resource)
        self._parents[resource.urn] = resource.parent
        for ancestor in self._ancestors(resource):
            self._below[ancestor].append(resource)

    def _needs(self, resource: Resource) -> Iterator[Resource]:
        yield from self._holders[resource.parent]
        for urn in set(resource.depends_on(parent=False)):
            for needed in self._holders[urn]:
                yield needed
                if not needed.custom:
                    yield from self._below[urn]

    def _ancestors(self, resource: Resource) -> Iterator[str]:
        urn = resource.parent
        while urn:
            yield urn
            urn = self._parents.get(urn, "")
