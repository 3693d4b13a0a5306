"""A service's tables laid out for probing: their order, their rows, and what each login is granted there."""

import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from infra.model.service import Service
from infra.model.tenant_token import SigningKey
from policies.facts.catalog import Catalog
from policies.facts.probes import COMMANDS, Command
from policies.facts.relations import Relation
from policies.sources.live.probes.canary import Demands, canaries, demands, in_order
from policies.sources.live.probes.statements import Target, Tenants


@dataclass(frozen=True)
class Bench:
    """A service's tables, parents before children, and the values that their constraints ask for.

    `probed` are the addresses of those that are under test; the others are there to be referred to.
    """

    service: Service
    instance: str
    tables: tuple[Relation, ...]
    demands: Demands
    probed: frozenset[tuple[str, str]]

    @classmethod
    def of(cls, catalog: Catalog, service: Service) -> "Bench":
        """Raises CannotCheck where no order of insertion exists."""
        tables = tuple(in_order(catalog, service))
        return cls(service, catalog.instance, tables, demands(tables), frozenset(table.address for table in tables))

    def parts(self, size: int) -> "Iterator[Bench]":
        """The same in parts of at most so many tables under test, each with all the tables it refers to."""
        for start in range(0, len(self.tables), size):
            some = self.tables[start : start + size]
            needed = {table.address for table in some}
            for table in reversed(self.tables):
                if table.address in needed:
                    needed |= parents_of(table)
            tables = tuple(table for table in self.tables if table.address in needed)
            yield replace(self, tables=tables, probed=frozenset(table.address for table in some))

    @property
    def has_tenants(self) -> bool:
        """Whether the rows of any table under test belong to tenants."""
        return any(self.service.tables[name].key for _, name in self.probed)

    def targets(self, tenants: Tenants) -> tuple[Target, ...]:
        """Every table with a row for each tenant; logins that probe side by side need tenants of their own."""
        rows = {
            tenant: canaries(self.tables, self.service, tenant, self.demands) for tenant in (tenants.own, tenants.other)
        }
        return tuple(
            Target(
                table,
                self.service.tables[table.name].key or "",
                tenants,
                {tenant: rows[tenant][table.address] for tenant in rows},
            )
            for table in self.tables
        )

    def granted(self, role: str) -> frozenset[tuple[str, Command]]:
        """What the intent grants a login: (table, command)."""
        return frozenset(
            (f"{self.service.schema_name}.{name}", command)
            for name, table in self.service.tables.items()
            for command in COMMANDS
            if command in self._commands(table.grants.app, table.grants.readonly, role)
        )

    def _commands(self, app: Sequence[Command], readonly: Sequence[Command], role: str) -> Sequence[Command]:
        by_role = {self.service.app: app, self.service.readonly: readonly}
        return by_role.get(role, ("select", "insert", "update", "delete"))

    def seedable_by(self, role: str) -> frozenset[str]:
        """The tables that the login can fill on its own: it may insert there and into all they refer to."""
        granted, seedable, filled = self.granted(role), set[str](), set[tuple[str, str]]()
        for table in self.tables:
            if (table.qualified_name, "insert") in granted and parents_of(table) <= filled:
                seedable.add(table.qualified_name)
                filled.add(table.address)
        return frozenset(seedable)


def new_tenants(key: SigningKey | None) -> Tenants:
    """Two tenants that nobody is."""
    return Tenants(str(uuid.uuid4()), str(uuid.uuid4()), key)


def parents_of(relation: Relation) -> set[tuple[str, str]]:
    """The tables that it refers to, itself left out."""
    return {
        key.references
        for key in relation.constraints
        if key.kind == "foreign key" and key.references and key.references != relation.address
    }


def with_parents(targets: Iterable[Target]) -> Iterator[Target]:
    """The same, each with the ones among them that it refers to, however far, in order."""
    closed: dict[tuple[str, str], Target] = {}
    for target in targets:
        above: dict[tuple[str, str], Target] = {}
        for address in sorted(parents_of(target.relation) & closed.keys()):
            above |= {parent.relation.address: parent for parent in closed[address].parents}
            above[address] = closed[address]
        closed[target.relation.address] = replace(target, parents=tuple(above.values()))
        yield closed[target.relation.address]


def with_all_parents(targets: Sequence[Target]) -> list[Target]:
    """The targets of one transaction with every table that has to be filled for them, each once, in order."""
    needed = {parent.relation.address: parent for target in targets for parent in (*target.parents, target)}
    return list(needed.values())
