"""Render the templates of `sql/`: a service's changelog and what an instance needs before it."""

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import (
    Environment,
    FileSystemBytecodeCache,
    FileSystemLoader,
    StrictUndefined,
    TemplateError,
    TemplateSyntaxError,
)

from infra.model.errors import ConfigurationError
from infra.model.service import Service
from infra.model.stack import Instance
from infra.model.tenancy import TenantContext
from sql.changelog import Changelog
from sql.formatted import parse, render_formatted
from sql.identifier import identifier, literal
from sql.roles import DATABASE, EXTENSION_SCHEMA, TENANT_CONTEXT_OWNER, context_roles, instance_roles

__all__ = ["Bootstrap", "render_bootstrap", "render_changelog", "render_formatted"]

FOLDER = Path(__file__).resolve().parent
EVERY_SERVICE = "every_service"
BOOKKEEPING = ("databasechangelog", "databasechangeloglock")


@dataclass(frozen=True)
class Bootstrap:
    """What a superuser runs: `cluster` in the database `postgres`, `database` in the instance's own."""

    cluster: str
    database: str


@cache
def _environment(folder: Path) -> Environment:
    environment = Environment(  # noqa: S701 SQL, not HTML: values pass `identifier` or `literal`
        loader=FileSystemLoader(folder),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        bytecode_cache=_bytecode(folder),
        optimized=False,  # nothing that a filter returned is kept in bytecode
    )
    environment.filters.update(identifier=identifier, literal=literal)
    return environment


def _bytecode(folder: Path) -> FileSystemBytecodeCache | None:
    """Compiled templates beside Python's own, where that can be written; jinja2 knows them by the source's hash."""
    kept = folder / "__pycache__"
    with suppress(OSError):
        kept.mkdir(exist_ok=True)
    return FileSystemBytecodeCache(str(kept)) if os.access(kept, os.W_OK) else None


def templates_of(service: Service, folder: Path = FOLDER) -> list[tuple[str, str]]:
    """Template and Liquibase path of each file of the service's changelog, its own and the common ones, by number."""
    own = [(path.name, service.schema_name) for path in (folder / service.schema_name).glob("*.sql.j2")]
    common = [(path.name, EVERY_SERVICE) for path in (folder / EVERY_SERVICE).glob("*.sql.j2")]
    return [
        (f"{where}/{name}", f"{service.schema_name}/{name.removesuffix('.j2')}") for name, where in sorted(own + common)
    ]


def render_changelog(
    service: Service,
    context: Mapping[str, Any] | None = None,
    folder: Path = FOLDER,
    *,
    tenant_context: TenantContext = "plain",
) -> Changelog:
    """The service's changelog for an instance with this tenant context.

    `context` adds variables to `service`, `schema`, `bookkeeping` and `signed`.

    Raises ConfigurationError for a template that is wrong or uses a variable that is not there.
    """
    variables = {
        "service": service,
        "schema": service.schema_name,
        "bookkeeping": BOOKKEEPING,
        "signed": tenant_context == "signed",
        **(context or {}),
    }
    changesets = tuple(
        changeset
        for template, path in templates_of(service, folder)
        for changeset in parse(_render(template, variables, folder), path)
    )
    return Changelog(service.name, service.schema_name, service.owner, changesets)


def render_bootstrap(instance: Instance, name: str, services: Iterable[Service], folder: Path = FOLDER) -> Bootstrap:
    """The idempotent statements for an instance with these services. No password is in them."""
    services = sorted(services, key=lambda service: service.name)
    variables = {
        "instance": instance,
        "name": name,
        "services": services,
        "roles": (*instance_roles(services), *context_roles(instance)),
        "context_owner": TENANT_CONTEXT_OWNER,
        "database": DATABASE,
        "extension_schema": EXTENSION_SCHEMA,
        "unguarded": [table for service in services for table in _unguarded(service)],
    }
    return Bootstrap(
        cluster=_render("instance/cluster.sql.j2", variables, folder),
        database=_render("instance/database.sql.j2", variables, folder),
    )


def _unguarded(service: Service) -> list[str]:
    """The tables that need no row-level security: declared global, or Liquibase's own."""
    free = [name for name, table in service.tables.items() if not table.is_tenant_scoped]
    return [f"{service.schema_name}.{table}" for table in (*free, *BOOKKEEPING)]


def _render(template: str, variables: Mapping[str, Any], folder: Path) -> str:
    try:
        return _environment(folder).get_template(template).render(variables)
    except TemplateSyntaxError as error:
        raise ConfigurationError(f"sql/{error.name}:{error.lineno}: {error.message}", "correct the template") from error
    except TemplateError as error:
        raise ConfigurationError(f"sql/{template}: {error.message}", "correct the template") from error
