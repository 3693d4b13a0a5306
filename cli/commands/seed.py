"""Fill a stack with plausible demo data."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from random import Random
from typing import Annotated

import psycopg
import typer

from cli import console
from cli.connection import Databases
from cli.display.printing import print_text
from cli.options import DEFAULT_STACK, BackendFolder, ConfigFile, StackName
from cli.stack_access import StackAccess
from infra.model.errors import ConfigurationError, ResourceError
from infra.model.intent import Intent
from infra.model.loading import load_services
from infra.model.service import Service
from sql.demo.fill import fill
from sql.demo.rows import Rows, current_moment, platform_rows, tenant_rows

app = typer.Typer()
_BATCH = 5_000
"""Registrations that are generated and kept in memory at once."""


@app.command()
def run(
    *,
    tenants: Annotated[int, typer.Option("--tenants", min=1, help="Organizations to add.")] = 10,
    rows: Annotated[
        int, typer.Option("--rows", min=0, help="Registrations of each, with all that belongs to them.")
    ] = 100,
    random_seed: Annotated[
        int | None, typer.Option("--random-seed", help="The same number gives the same rows; works once on a stack.")
    ] = None,
    stack: StackName = DEFAULT_STACK,
    config_file: ConfigFile = None,
    backend: BackendFolder = None,
) -> None:
    """Fill a stack with plausible demo data. Refuses a stack marked production."""
    access = StackAccess(stack, config_file, backend)
    if access.declared.is_production:
        raise ConfigurationError(f"stack {stack} is marked production: it takes no demo data", "choose another stack")
    databases = Databases(Intent.of(load_services(), access.declared), access.outputs())
    start = time.monotonic()
    count = 0
    with ExitStack() as held:
        sessions = _open(databases, held)
        for batch in _batches(Random(random_seed if random_seed is not None else secrets.randbits(64)), tenants, rows):  # noqa: S311 demo data
            count += _fill_all(databases.intent, sessions, batch)
            print_text(console.progress(), f"{count:>12,} rows  {time.monotonic() - start:6.1f} s")
    typer.echo(f"{tenants} tenants, {count} rows in {time.monotonic() - start:.1f} s")


def _open(databases: Databases, held: ExitStack) -> list[tuple[Service, psycopg.Connection]]:
    services = databases.intent.services.values()
    return [(each, held.enter_context(databases.session(each, each.migrator))) for each in services]


def _batches(random: Random, tenants: int, rows: int) -> Iterator[Rows]:
    now, platform = current_moment(), platform_rows(random)
    templates = [row[0] for row in platform["notification_service", "notification_templates"]]
    yield platform
    size = max(1, _BATCH // max(1, rows))
    for begin in range(0, tenants, size):
        batch: Rows = {}
        for _ in range(min(size, tenants - begin)):
            for table, added in tenant_rows(random, rows, now, templates).items():
                batch.setdefault(table, []).extend(added)
        yield batch


def _fill_all(intent: Intent, sessions: list[tuple[Service, psycopg.Connection]], batch: Rows) -> int:
    with ThreadPoolExecutor(max_workers=len(sessions)) as pool:
        futures = [
            pool.submit(fill, session, service, batch, intent.instance_of(service).tenancy.context)
            for service, session in sessions
        ]
    try:
        return sum(future.result() for future in futures)
    except psycopg.errors.UniqueViolation as error:
        raise ConfigurationError(
            f"these rows are there already: {error.diag.message_primary}", "leave out --random-seed"
        ) from error
    except psycopg.Error as error:
        raise ResourceError(
            f"filling stopped: {error.diag.message_primary or error}", "what earlier batches added stays"
        ) from error
