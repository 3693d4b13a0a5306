"""Roles, servers, schemas and functions, beside what the intent says about them."""

from collections.abc import Iterator
from dataclasses import dataclass

from infra.model.service import Service
from infra.model.stack import Instance, Stack
from infra.model.table import Function as DeclaredFunction
from policies.facts.access import Role
from policies.facts.catalog import Catalog, Schema
from policies.facts.facts import Facts
from policies.facts.routines import Function
from policies.rule import Scope
from policies.tenant_context import CURRENT_TENANT, TOKEN_FOR

SUPERUSER = "postgres"
INSTANCE_LOGINS = ("verifier", "backup")
"""The logins that every instance has whatever services it holds."""

CLUSTER_LOGINS = ("replicator", "rewinder")
"""The logins of an instance's nodes to each other."""

GUARD_SCHEMA = "guard"
CONTEXT_FUNCTIONS = (CURRENT_TENANT, TOKEN_FOR)


@dataclass(frozen=True)
class Server:
    """One database server with its declaration and the services on it."""

    catalog: Catalog
    instance: Instance
    services: tuple[Service, ...]
    stack: Stack

    @property
    def address(self) -> str:
        """The instance."""
        return self.catalog.instance

    @property
    def logins(self) -> tuple[str, ...]:
        """Every login that may exist, the superuser apart."""
        return (*(login for service in self.services for login in service.logins), *INSTANCE_LOGINS)

    @property
    def cluster_logins(self) -> tuple[str, ...]:
        """Those that Patroni makes where there are replicas."""
        return CLUSTER_LOGINS if self.instance.is_replicated else ()


@dataclass(frozen=True)
class ServerRole:
    """One role of a server."""

    server: Server
    role: Role

    @property
    def address(self) -> str:
        """`instance role name`."""
        return f"{self.server.address} role {self.role.name}"

    @property
    def catalog(self) -> Catalog:
        """The catalog that the role is in."""
        return self.server.catalog

    @property
    def service(self) -> Service | None:
        """The service that declares the role."""
        known = ({service.owner, *service.logins} for service in self.server.services)
        pairs = zip(self.server.services, known, strict=True)
        return next((service for service, names in pairs if self.role.name in names), None)


@dataclass(frozen=True)
class ServiceSchema:
    """A service's schema as the database has it."""

    server: Server
    service: Service
    schema: Schema

    @property
    def address(self) -> str:
        """`instance schema name`."""
        return f"{self.server.address} schema {self.schema.name}"


@dataclass(frozen=True)
class MadeFunction:
    """A function that is neither PostgreSQL's nor an extension's; `declared` where its service declares it."""

    server: Server
    function: Function
    service: Service | None
    declared: DeclaredFunction | None

    @property
    def address(self) -> str:
        """`instance/schema.name(types)`."""
        return f"{self.server.address}/{self.function.qualified_name}"

    @property
    def is_of_the_context(self) -> bool:
        """Whether it belongs to the signed tenant context that the instance is declared to have."""
        name = (self.function.schema, self.function.name)
        return self.server.instance.tenancy.is_signed and name in CONTEXT_FUNCTIONS


def _servers(facts: Facts) -> Iterator[Server]:
    for name, catalog in facts.catalogs.items():
        services = tuple(facts.intent.services_on(name))
        yield Server(catalog, facts.intent.stack.instances[name], services, facts.intent.stack)


def _roles(facts: Facts) -> Iterator[ServerRole]:
    for server in _servers(facts):
        yield from (ServerRole(server, role) for role in server.catalog.roles if role.name != SUPERUSER)


def _logins(facts: Facts) -> Iterator[ServerRole]:
    return (found for found in _roles(facts) if found.role.can_login)


def _schemas(facts: Facts) -> Iterator[ServiceSchema]:
    for server in _servers(facts):
        for service in server.services:
            schema = server.catalog.schema(service.schema_name)
            if schema:
                yield ServiceSchema(server, service, schema)


def _functions(facts: Facts) -> Iterator[MadeFunction]:
    for server in _servers(facts):
        by_schema = {service.schema_name: service for service in server.services}
        for function in server.catalog.functions:
            service = by_schema.get(function.schema)
            declared = service.functions.get(function.name) if service else None
            matches = declared is not None and declared.signature == function.signature
            yield MadeFunction(server, function, service, declared if matches else None)


servers = Scope("database servers", "catalog", _servers)
roles = Scope("roles", "catalog", _roles)
logins = Scope("login roles", "catalog", _logins)
service_schemas = Scope("service schemas", "catalog", _schemas)
functions = Scope("functions", "catalog", _functions)
live_servers = Scope("running database servers", "server", _servers)
