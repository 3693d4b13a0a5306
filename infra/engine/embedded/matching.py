"""Finds the old resource that a registration continues, by its URN or by an alias."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from infra.engine.embedded import urn as urns
from infra.engine.embedded.goal import Alias, Goal
from infra.engine.embedded.resource import Resource
from infra.model.errors import ResourceError


@dataclass(frozen=True, slots=True)
class Matcher:
    """The old resources of a stack by URN, and which of them already go by a new one."""

    stack: str
    project: str
    olds: Mapping[str, Resource]
    taken_by: dict[str, str] = field(default_factory=dict)
    """old URN -> the new URN that took it over"""
    taken_from: dict[str, str] = field(default_factory=dict)
    """new URN -> the old URN it took over"""

    def urn_of(self, goal: Goal) -> str:
        return urns.make(self.stack, self.project, goal.parent, goal.type, goal.name)

    def match(self, goal: Goal, urn: str, claimed: set[str]) -> tuple[Resource | None, str]:
        """The old resource and, if it had another URN, that one.

        Raises ResourceError where two resources of the program claim the same old one.
        """
        if urn in self.taken_by:
            raise ResourceError(
                f"{urn} is also an alias of {self.taken_by[urn]}", "remove the alias, or rename the resource"
            )
        if urn in self.olds:
            return self.olds[urn], ""
        for alias in self._aliases(goal, urn):
            if alias in self.olds:
                return self._take(alias, urn, claimed)
        return None, ""

    def _take(self, alias: str, urn: str, claimed: set[str]) -> tuple[Resource, str]:
        other = alias if alias in claimed else self.taken_by.get(alias)
        if other is not None:
            raise ResourceError(
                f"{urn} has the alias {alias}, which {other} already is", "remove one of the two aliases"
            )
        self.taken_by[alias] = urn
        self.taken_from[urn] = alias
        return self.olds[alias], alias

    def _aliases(self, goal: Goal, urn: str) -> Iterator[str]:
        own = [self._collapse(alias, goal) for alias in goal.aliases]
        yield from (alias for alias in own if alias != urn)
        parent_alias = self.taken_from.get(goal.parent)
        if parent_alias is None:
            return
        yield self._inherited(goal.type, goal.name, goal.parent, parent_alias)
        for alias in own:
            yield self._inherited(urns.type_of(alias), urns.name_of(alias), goal.parent, parent_alias)

    def _collapse(self, alias: Alias, goal: Goal) -> str:
        if alias.urn:
            return alias.urn
        parent = self.taken_from.get(alias.parent, alias.parent) if alias.parent else goal.parent
        return urns.make(
            alias.stack or self.stack,
            alias.project or self.project,
            "" if alias.no_parent else parent,
            alias.type or goal.type,
            alias.name or goal.name,
        )

    def _inherited(self, type_token: str, name: str, parent: str, parent_alias: str) -> str:
        """A child's URN under its parent's old one; a name that begins with the parent's is renamed with it."""
        parent_name = urns.name_of(parent)
        if name.startswith(parent_name):
            name = urns.name_of(parent_alias) + name.removeprefix(parent_name)
        return urns.make(self.stack, self.project, parent_alias, type_token, name)
