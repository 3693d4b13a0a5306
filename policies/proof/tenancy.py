"""What the declared intent says of one database: its tenant tables with their keys, and who is beyond tenants."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from infra.model.intent import Intent
from infra.model.service import Service
from infra.model.table import Table
from policies.facts.catalog import Catalog, Function, Relation

BOOKKEEPING = frozenset({"databasechangelog", "databasechangeloglock"})
SUPERUSER = "postgres"
CLUSTER_LOGINS = ("replicator", "rewinder")
_GUARD = frozenset({("guard", "note_changed_tables"), ("guard", "require_row_security")})


@dataclass(frozen=True)
class TenantTable:
    """A table whose rows belong to tenants; `declared` is None for one that nobody declared."""

    schema: str
    name: str
    declared: Table | None
    key: str | None

    @property
    def address(self) -> tuple[str, str]:
        """(schema, name)."""
        return (self.schema, self.name)

    @property
    def qualified_name(self) -> str:
        """`schema.name`."""
        return f"{self.schema}.{self.name}"


@dataclass(frozen=True)
class Tenancy:
    """The intent, seen from one database."""

    intent: Intent
    catalog: Catalog

    @cached_property
    def services(self) -> list[Service]:
        """The services of the instance."""
        return self.intent.services_on(self.catalog.instance)

    @cached_property
    def declared(self) -> list[TenantTable]:
        """Every declared tenant table, whether or not the database has it."""
        return [
            TenantTable(service.schema_name, name, table, table.key)
            for service in self.services
            for name, table in service.tables.items()
            if table.is_tenant_scoped
        ]

    @cached_property
    def keys(self) -> dict[tuple[str, str], str]:
        """The tenant key of each declared tenant table."""
        return {table.address: table.key for table in self.declared if table.key}

    @cached_property
    def undeclared(self) -> list[TenantTable]:
        """Tables with a tenant column that nobody declared; a part of a declared table's family is not one."""
        return [
            TenantTable(relation.schema, relation.name, None, key)
            for relation in self.catalog.relations
            if relation.holds_rows and self._is_strange(relation)
            for key in self._tenant_columns(relation)
        ]

    @cached_property
    def _known(self) -> frozenset[tuple[str, str]]:
        tables = {(service.schema_name, name) for service in self.services for name in service.tables}
        found = (self.catalog.relation(*address) for address in tables)
        families = [child.address for table in found if table for child in self.catalog.descendants_of(table)]
        return frozenset(tables) | frozenset(families)

    def _is_strange(self, relation: Relation) -> bool:
        return relation.address not in self._known and relation.name not in BOOKKEEPING

    def _tenant_columns(self, relation: Relation) -> Iterator[str]:
        names = {key for key in self.keys.values() if key != "id"} | {"tenant_id"}
        yield from sorted(column.name for column in relation.columns if column.name in names)[:1]

    def trusts(self, login: str, table: TenantTable) -> str:
        """Why the login is beyond tenants for this table by declaration; empty where it is not."""
        if login == SUPERUSER:
            return "the provisioner's superuser is beyond every policy"
        if self._copies_files(login):
            return f"{login} copies the server's files to its replicas, and comes from other nodes only"
        service = next((service for service in self.services if service.schema_name == table.schema), None)
        if service is not None and login == service.migrator:
            return f"{login} may become {service.owner} to apply the changelog"
        return ""

    def _copies_files(self, login: str) -> bool:
        instance = self.intent.stack.instances.get(self.catalog.instance)
        return instance is not None and instance.is_replicated and login in CLUSTER_LOGINS

    def reason_for(self, function: Function) -> str:
        """Why a SECURITY DEFINER function is declared; empty where it is not."""
        if function.owner == SUPERUSER and (function.schema, function.name) in _GUARD:
            return "the guard against tables without row security, which every instance has"
        service = next((service for service in self.services if service.schema_name == function.schema), None)
        declared = service.functions.get(function.name) if service else None
        return declared.reason if declared and declared.signature == function.signature else ""
