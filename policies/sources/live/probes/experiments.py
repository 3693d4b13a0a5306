"""Experiments of several statements: what outlives a context, a plan, a role, and what statistics give away."""

from collections.abc import Iterator, Sequence

from psycopg import sql

from policies.facts.probes import Experiment
from policies.sources.live.probes.session import TABLES_IN_FLIGHT, UNDO, Session, batched
from policies.sources.live.probes.statements import Target
from policies.sources.live.probes.wire import Reply, Steps

_EXECUTIONS = 6
"""PostgreSQL turns to a cached generic plan with the sixth execution."""
_EXECUTE = "EXECUTE aqdata_probe"
_FORGET = (UNDO, "DEALLOCATE aqdata_probe")


def experiments(session: Session, targets: Sequence[Target]) -> Iterator[Experiment]:
    """What outlives a plan and a context, on tables that hold both tenants' canaries."""
    switched = (*session.tenants.entry("other"), _EXECUTE)
    with session.within("empty"):
        yield from _compared(session, targets, "plan cache", switched)
        yield from _after_the_end(session, targets)


def role_switches(owner: Session, readonly: Session, targets: Sequence[Target]) -> Iterator[Experiment]:
    """A statement prepared as one role and tenant, executed as another role and tenant, shows none of the first's."""
    become = f"SET LOCAL ROLE {sql.Identifier(readonly.become or '').as_string()}"
    with owner.within("empty"):
        yield from _compared(owner, targets, "role switch", (become, *owner.tenants.entry("other"), _EXECUTE))


def _compared(session: Session, targets: Sequence[Target], name: str, switched: Steps) -> Iterator[Experiment]:
    """What a statement that one tenant prepared shows to it, and to whoever the session has become by then."""
    for some in batched(targets, TABLES_IN_FLIGHT):
        prepared = [_prepared(session, target) for target in some]
        replies = session.wire.replies(part for first in prepared for part in ((*first, *switched), _FORGET))
        for target, first, told in zip(some, prepared, replies[::2], strict=True):
            yield _experiment(session, target, name, own=told[: len(first)][-1], leaked=told[-1])


def _prepared(session: Session, target: Target) -> Steps:
    prepare = f"PREPARE aqdata_probe AS {target.own_rows}"
    return (UNDO, *session.tenants.entry("own"), prepare, *[_EXECUTE] * _EXECUTIONS)


def _after_the_end(session: Session, targets: Sequence[Target]) -> Iterator[Experiment]:
    """When a context that was local to a subtransaction has ended, no row is visible."""
    entry = session.tenants.entry("own")
    for some in batched(targets, TABLES_IN_FLIGHT):
        replies = session.wire.last(
            steps for target in some for steps in ((UNDO, *entry, target.own_rows), (UNDO, target.all_rows))
        )
        for target, inside, after in zip(some, replies[::2], replies[1::2], strict=True):
            yield _experiment(session, target, "end of context", own=inside, leaked=after)


def statistics(session: Session, targets: Sequence[Target]) -> Iterator[Experiment]:
    """The optimiser's statistics of protected tables are hidden from their readers."""
    shown = session.connection.execute("SELECT schemaname || '.' || tablename, count(*) FROM pg_stats GROUP BY 1")
    columns: dict[str, int] = dict(shown.fetchall())
    for target in targets:
        yield _experiment(session, target, "statistics", own=Reply(1), leaked=Reply(columns.get(target.name, 0)))


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
