"""Experiments of several statements: what outlives a transaction, a plan, a role, and what keys give away."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import psycopg
from psycopg import sql

from policies.facts.probes import Experiment
from policies.sources.live.probes.session import Session, rolled_back
from policies.sources.live.probes.statements import TENANT_SETTING, Target
from policies.sources.live.query import Connection

_SET = sql.SQL("SELECT set_config({}, {}, true)")

Run = Callable[[Session, Target, Experiment], Experiment]


def experiments(session: Session, targets: tuple[Target, ...]) -> Iterator[Experiment]:
    """Every experiment on every table that the login can fill; rolled back each time."""
    for target in targets:
        for name, run in _EXPERIMENTS.items():
            yield _tried(session, target, name, run)


def _tried(session: Session, target: Target, name: str, run: Run) -> Experiment:
    blank = Experiment(name, session.instance, session.role, target.name, leaked=0, own=0)
    try:
        with rolled_back(session.connection):
            return run(session, target, blank)
    except psycopg.Error as error:
        return replace(blank, sqlstate=error.sqlstate, error=error.diag.message_primary or str(error))


def _enter(connection: Connection, tenant: str) -> None:
    connection.execute(_SET.format(TENANT_SETTING, tenant))


def _count(connection: Connection, query: sql.Composed) -> int:
    return len(connection.execute(query).fetchall())


def _fill(session: Session, target: Target, targets: tuple[Target, ...] = ()) -> None:
    for tenant in (session.tenants.own, session.tenants.other):
        _enter(session.connection, tenant)
        for each in (*targets, target):
            session.connection.execute(each.insertion(tenant))


def _plan_cache(session: Session, target: Target, blank: Experiment) -> Experiment:
    """A statement prepared as one tenant and executed as another shows the other's rows only."""
    connection, tenants = session.connection, session.tenants
    _fill(session, target, target.parents)
    _enter(connection, tenants.own)
    connection.execute(target.prepared("aqdata_probe", tenants.own))
    own = 0
    for _ in range(6):  # PostgreSQL turns to a cached generic plan with the sixth execution
        own = _count(connection, sql.SQL("EXECUTE aqdata_probe").format())
    _enter(connection, tenants.other)
    leaked = _count(connection, sql.SQL("EXECUTE aqdata_probe").format())
    connection.execute("DEALLOCATE aqdata_probe")
    return replace(blank, leaked=leaked, own=own)


def _after_the_end(session: Session, target: Target, blank: Experiment) -> Experiment:
    """When the transaction-local context has ended, no row is visible."""
    connection, tenants = session.connection, session.tenants
    _fill(session, target, target.parents)
    connection.execute("SAVEPOINT inner_scope")
    _enter(connection, tenants.own)
    own = _count(connection, target.all_rows())
    connection.execute("ROLLBACK TO inner_scope")
    _enter(connection, "")
    return replace(blank, own=own, leaked=_count(connection, target.all_rows()))


def _statistics(session: Session, target: Target, blank: Experiment) -> Experiment:
    """The optimiser's statistics of a protected table are hidden from its readers."""
    shown = session.connection.execute(
        "SELECT 1 FROM pg_stats WHERE schemaname = %s AND tablename = %s", target.relation.address
    ).fetchall()
    return replace(blank, leaked=len(shown), own=1)


_EXPERIMENTS: dict[str, Run] = {
    "plan cache": _plan_cache,
    "end of context": _after_the_end,
    "statistics": _statistics,
}
