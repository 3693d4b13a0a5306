"""Through what a table's rows can be reached: the table, its family by inheritance, views and materialised views."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pglast.visitors import Visitor

from policies.facts.catalog import Catalog, Relation
from policies.proof.gaps import Unmodelled
from policies.proof.query import view_query

Address = tuple[str, str]


class _Mentions(Visitor):
    def __init__(self) -> None:
        self.addresses: set[tuple[str | None, str]] = set()

    def visit_RangeVar(self, ancestors: Any, node: Any) -> None:  # noqa: N802 pglast's protocol
        self.addresses.add((node.schemaname, node.relname))


@dataclass(frozen=True)
class Reach:
    """The ways to the rows of each table of one database."""

    catalog: Catalog

    @cached_property
    def _by_name(self) -> dict[str, list[Address]]:
        named: dict[str, list[Address]] = {}
        for relation in self.catalog.relations:
            named.setdefault(relation.name, []).append(relation.address)
        return named

    @cached_property
    def _views(self) -> list[tuple[Relation, "frozenset[Address] | Unmodelled"]]:
        stored = ("view", "materialized view")
        return [(view, self._read(view)) for view in self.catalog.relations if view.kind in stored]

    def _read(self, view: Relation) -> "frozenset[Address] | Unmodelled":
        try:
            visitor = _Mentions()
            visitor(view_query(view))
        except Unmodelled as gap:
            return gap
        return frozenset(address for mention in visitor.addresses for address in self._meant(*mention))

    def _meant(self, schema: str | None, name: str) -> list[Address]:
        return [(schema, name)] if schema else self._by_name.get(name, [])

    @cached_property
    def _readers(self) -> dict[Address, list[Relation]]:
        readers: dict[Address, list[Relation]] = {}
        for view, read in self._views:
            for address in read if not isinstance(read, Unmodelled) else ():
                readers.setdefault(address, []).append(view)
        return readers

    def family(self, table: Relation) -> list[Relation]:
        """The table, what it inherits from and what inherits from it: they show the same rows."""
        return [table, *self._ancestors(table), *self.catalog.descendants_of(table)]

    def _ancestors(self, table: Relation) -> Iterator[Relation]:
        for address in table.parents:
            parent = self.catalog.relation(*address)
            if parent is not None:
                yield parent
                yield from self._ancestors(parent)

    def views_over(self, table: Relation) -> list[Relation]:
        """Every view, plain or materialised, that reads the table's rows, however deep."""
        found: dict[Address, Relation] = {}
        frontier = [relation.address for relation in self.family(table)]
        while frontier:
            for view in self._readers.get(frontier.pop(), []):
                if view.address not in found:
                    found[view.address] = view
                    frontier.append(view.address)
        return list(found.values())
