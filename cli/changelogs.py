"""The changelogs of several services on a deployed stack, worked on side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import psycopg

from cli.connection import Databases
from infra.model.errors import AqdataError
from infra.model.intent import Intent
from infra.model.service import Service
from sql.apply import apply, rollback, status
from sql.changelog import Changelog
from sql.history import AppliedChangeset
from sql.plan import Status
from sql.render import render_changelog

T = TypeVar("T")


def changelog_of(intent: Intent, service: Service) -> Changelog:
    """The service's changelog for its instance's tenant context."""
    return render_changelog(service, tenant_context=intent.instance_of(service).tenancy.context)


def statuses(databases: Databases, services: Sequence[Service]) -> dict[str, Status]:
    """How each service's schema stands against its changelog."""
    return _each(databases, services, lambda service, session: status(session, changelog_of(databases.intent, service)))


def apply_all(databases: Databases, services: Sequence[Service], tag: str | None) -> dict[str, list[AppliedChangeset]]:
    """Apply what is due everywhere; what one service's failure leaves undone is done in the others."""
    return _each(
        databases, services, lambda service, session: apply(session, changelog_of(databases.intent, service), tag)
    )


def roll_back(databases: Databases, service: Service, count: int | None, tag: str | None) -> list[AppliedChangeset]:
    """Undo a service's newest changesets."""
    with databases.session(service, service.migrator) as session:
        return rollback(session, changelog_of(databases.intent, service), count, tag)


def maintain(databases: Databases, service: Service, schedule: str) -> dict[str, object]:
    """Call the service's functions of this schedule, as its app; the result of each by its name."""
    due = [name for name, function in service.functions.items() if function.schedule == schedule]
    with databases.session(service, service.app) as session:
        return {name: _call(session, service, name) for name in due}


def _call(session: psycopg.Connection, service: Service, function: str) -> object:
    (result,) = session.execute(f"SELECT {service.schema_name}.{function}()".encode()).fetchone() or (None,)
    return result


def _each(
    databases: Databases, services: Sequence[Service], work: Callable[[Service, psycopg.Connection], T]
) -> dict[str, T]:
    """The result by service. Raises the services' errors together, each with its service, after all have ended."""

    def run(service: Service) -> T:
        with databases.session(service, service.migrator) as session:
            return work(service, session)

    with ThreadPoolExecutor(max_workers=max(1, len(services))) as pool:
        futures = {service.name: pool.submit(run, service) for service in services}
    failed = {name: error for name, future in futures.items() if (error := future.exception()) is not None}
    if failed:
        raise _together(failed)
    return {name: future.result() for name, future in futures.items()}


def _together(failed: dict[str, BaseException]) -> BaseException:
    """One error for all: the first one's kind and hint, everybody's message."""
    first = next(iter(failed.values()))
    if len(failed) == 1 or not all(isinstance(error, AqdataError) for error in failed.values()):
        return first
    message = "\n".join(f"{name}: {error}" for name, error in failed.items())
    return type(first)(message, getattr(first, "hint", ""))
