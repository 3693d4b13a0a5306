"""Experiments of several statements: what outlives a context, a plan, a role, and what statistics give away."""

from collections.abc import Iterator, Sequence

from psycopg import sql

from policies.facts.probes import Experiment
from policies.sources.live.probes.session import UNDO, Session
from policies.sources.live.probes.statements import Target
from policies.sources.live.probes.wire import Reply, Steps

_EXECUTIONS = 6
"""PostgreSQL turns to a cached generic plan with the sixth execution."""
_EXECUTE = "EXECUTE aqdata_probe"
_FORGET = (UNDO, "DEALLOCATE aqdata_probe")


def experiments(session: Session, targets: Sequence[Target]) -> Iterator[Experiment]:
    """What outlives a plan and a context, on tables that hold both tenants' canaries."""
    with session.within("empty"):
        for target in targets:
            yield _plan_cache(session, target)
            yield _after_the_end(session, target)


def _plan_cache(session: Session, target: Target) -> Experiment:
    """A statement prepared as one tenant and executed as another shows the other's rows only."""
    switched = (*session.tenants.entry("other"), _EXECUTE)
    return _compared(session, target, "plan cache", _prepared(session, target), switched)


def _prepared(session: Session, target: Target) -> Steps:
    prepare = f"PREPARE aqdata_probe AS {target.own_rows}"
    return (UNDO, *session.tenants.entry("own"), prepare, *[_EXECUTE] * _EXECUTIONS)


def role_switches(owner: Session, readonly: Session, targets: Sequence[Target]) -> Iterator[Experiment]:
    """A statement prepared as one role and tenant, executed as another role and tenant, shows none of the first's."""
    become = f"SET LOCAL ROLE {sql.Identifier(readonly.become or '').as_string()}"
    switched = (become, *owner.tenants.entry("other"), _EXECUTE)
    with owner.within("empty"):
        for target in targets:
            yield _compared(owner, target, "role switch", _prepared(owner, target), switched)


def _after_the_end(session: Session, target: Target) -> Experiment:
    """When a context that was local to a subtransaction has ended, no row is visible."""
    inside, after = session.wire.last(
        [
            (UNDO, *session.tenants.entry("own"), target.own_rows),
            (UNDO, target.all_rows),
        ]
    )
    return _experiment(session, target, "end of context", own=inside, leaked=after)


def statistics(session: Session, targets: Sequence[Target]) -> Iterator[Experiment]:
    """The optimiser's statistics of protected tables are hidden from their readers."""
    shown = session.connection.execute("SELECT schemaname || '.' || tablename, count(*) FROM pg_stats GROUP BY 1")
    columns: dict[str, int] = dict(shown.fetchall())
    for target in targets:
        yield _experiment(session, target, "statistics", own=Reply(1), leaked=Reply(columns.get(target.name, 0)))


def _compared(session: Session, target: Target, name: str, first: Steps, second: Steps) -> Experiment:
    replies, _ = session.wire.replies([(*first, *second), _FORGET])
    own = replies[len(first) - 1] if len(replies) >= len(first) else replies[-1]
    return _experiment(session, target, name, own=own, leaked=replies[-1])


def _experiment(session: Session, target: Target, name: str, *, own: Reply, leaked: Reply) -> Experiment:
    failed = next((reply for reply in (own, leaked) if reply.error), Reply())
    return Experiment(
        name,
        session.login.instance,
        session.login.role,
        target.name,
        leaked=leaked.rows,
        own=own.rows,
        sqlstate=failed.sqlstate,
        error=failed.error,
        path=session.login.path,
    )
