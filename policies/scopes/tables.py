"""Tables, views and functions of the services, beside what their service declares about them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from infra.model.service import Service
from infra.model.table import Table
from policies.facts.catalog import Catalog
from policies.facts.facts import Facts
from policies.facts.relations import Column, Relation
from policies.rule import Scope


@dataclass(frozen=True)
class DeclaredTable:
    """A table that a service declares; `relation` is None where the database has none of that name."""

    catalog: Catalog
    service: Service
    name: str
    declared: Table
    relation: Relation | None

    @property
    def address(self) -> str:
        """`instance/schema.table`."""
        return f"{self.catalog.instance}/{self.service.schema_name}.{self.name}"


@dataclass(frozen=True)
class TenantTable:
    """A table that exists and whose rows belong to tenants; `key` is its tenant column.

    `is_signed`: its instance is declared to have a signed tenant context.
    """

    catalog: Catalog
    service: Service
    declared: Table
    relation: Relation
    key: str
    is_signed: bool

    @property
    def address(self) -> str:
        """`instance/schema.table`."""
        return f"{self.catalog.instance}/{self.relation.qualified_name}"

    @property
    def column(self) -> Column | None:
        """The tenant column."""
        return self.relation.column(self.key)

    def is_tenant_scoped(self, address: tuple[str, str]) -> bool:
        """Whether another table of the service has tenants as well."""
        table = self.service.tables.get(address[1]) if address[0] == self.service.schema_name else None
        return table is not None and table.is_tenant_scoped


@dataclass(frozen=True)
class ServiceRelation:
    """Anything in a service's schema: a table, view or sequence; `declared` is None for what nobody declared."""

    catalog: Catalog
    service: Service
    relation: Relation
    declared: Table | None

    @property
    def address(self) -> str:
        """`instance/schema.relation`."""
        return f"{self.catalog.instance}/{self.relation.qualified_name}"

    @property
    def is_bookkeeping(self) -> bool:
        """Whether it is Liquibase's own."""
        return self.relation.name in ("databasechangelog", "databasechangeloglock")


def _services(facts: Facts) -> Iterator[tuple[Catalog, Service]]:
    for instance, catalog in facts.catalogs.items():
        for service in facts.intent.services_on(instance):
            yield catalog, service


def _declared(facts: Facts) -> Iterator[DeclaredTable]:
    for catalog, service in _services(facts):
        for name, table in service.tables.items():
            yield DeclaredTable(catalog, service, name, table, catalog.relation(service.schema_name, name))


def _tenant(facts: Facts) -> Iterator[TenantTable]:
    for found in _declared(facts):
        if found.declared.key and found.relation:
            is_signed = facts.intent.instance_of(found.service).tenancy.is_signed
            yield TenantTable(
                found.catalog, found.service, found.declared, found.relation, found.declared.key, is_signed
            )


def _relations(facts: Facts) -> Iterator[ServiceRelation]:
    for catalog, service in _services(facts):
        for relation in catalog.relations_in(service.schema_name):
            yield ServiceRelation(catalog, service, relation, service.tables.get(relation.name))


def _of_kind(*kinds: str) -> Callable[[Facts], Iterator[ServiceRelation]]:
    def found(facts: Facts) -> Iterator[ServiceRelation]:
        return (subject for subject in _relations(facts) if subject.relation.kind in kinds)

    return found


def _tables(facts: Facts) -> Iterator[ServiceRelation]:
    return (subject for subject in _relations(facts) if subject.relation.holds_rows)


declared_tables = Scope("declared tables", "catalog", _declared)
tenant_tables = Scope("tenant tables", "catalog", _tenant)
service_tables = Scope("tables in service schemas", "catalog", _tables)
service_relations = Scope("relations in service schemas", "catalog", _relations)
views = Scope("views", "catalog", _of_kind("view"))
materialized_views = Scope("materialised views", "catalog", _of_kind("materialized view"))
foreign_tables = Scope("foreign tables", "catalog", _of_kind("foreign table"))
