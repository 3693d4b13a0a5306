"""Two clients that a pooler puts on one server connection, one after the other: what the first leaves to the second."""

from collections.abc import Callable
from dataclasses import replace

import psycopg

from infra.model.tenant_token import SETTING
from policies.facts.probes import Experiment
from policies.sources.live.access import Access
from policies.sources.live.probes.session import Login
from policies.sources.live.probes.statements import TENANT_SETTING, Target
from policies.sources.live.query import Connection

_TRIES = 20
"""Hand-overs until one connection is shared; a pooler gives out the one that came back last, unless others are busy."""
_LIMITS = "SET LOCAL lock_timeout = '1s'; SET LOCAL statement_timeout = '5s'"
_CURSOR = "aqstream_probe"

End = Callable[[Connection, Target], None]


def between_clients(access: Access, login: Login, target: Target) -> Experiment:
    """Every way in which the first client's transaction can end, then what the second one finds."""
    blank = Experiment("pooled clients", login.instance, login.role, target.name, leaked=0, own=0, path=login.path)
    leaked, own = 0, list[int]()
    try:
        for end in _ENDINGS:
            seen, found = _handed_over(access, login, target, end)
            own.append(seen)
            leaked += found
    except psycopg.Error as error:
        reason = error.diag.message_primary or str(error)
        return replace(blank, leaked=leaked, sqlstate=error.sqlstate, error=reason)
    return replace(blank, leaked=leaked, own=min(own))


def _handed_over(access: Access, login: Login, target: Target, end: End) -> tuple[int, int]:
    for _ in range(_TRIES):
        with access.connect(login.instance, login.role, login.path) as first:
            server, seen = _first(first, target, end)
            with access.connect(login.instance, login.role, login.path) as second:
                same, found = _second(second, target)
        if same == server:
            return seen, found
    raise psycopg.OperationalError(f"no server connection was shared in {_TRIES} attempts")


def _first(connection: Connection, target: Target, end: End) -> tuple[int, int]:
    """The server's process, and how many of its own rows the client saw before it took them back."""
    connection.execute("; ".join(["BEGIN", _LIMITS, *target.tenants.entry("own"), "SAVEPOINT probe"]).encode())
    server = _process(connection)
    for each in (*target.parents, target):
        connection.execute(each.insertion("own").encode())
    seen = len(connection.execute(target.own_rows.encode()).fetchall())
    connection.execute("ROLLBACK TO probe")
    end(connection, target)
    return server, seen


def _second(connection: Connection, target: Target) -> tuple[int, int]:
    """The server's process, and what is left: rows in sight, one for a tenant that is set, one for an open cursor."""
    connection.execute(f"BEGIN READ ONLY; {_LIMITS}".encode())
    server = _process(connection)
    rows = len(connection.execute(target.all_rows.encode()).fetchall())
    left = connection.execute(
        "SELECT current_setting(name, true) FROM unnest(%s::text[]) AS name", [[TENANT_SETTING, SETTING]]
    )
    tenant = any(value for (value,) in left)
    ((cursors,),) = connection.execute("SELECT count(*) FROM pg_cursors WHERE name = %s", [_CURSOR]).fetchall()
    connection.execute("ROLLBACK")
    return server, rows + bool(tenant) + int(cursors)


def _process(connection: Connection) -> int:
    ((process,),) = connection.execute("SELECT pg_backend_pid()").fetchall()
    return int(process)


def _commit(connection: Connection, _: Target) -> None:
    connection.execute("COMMIT")


def _roll_back(connection: Connection, _: Target) -> None:
    connection.execute("ROLLBACK")


def _fail(connection: Connection, _: Target) -> None:
    _refused(connection, "SELECT 1 / 0")


def _cancel(connection: Connection, _: Target) -> None:
    _refused(connection, "SET LOCAL statement_timeout = '20ms'; SELECT pg_sleep(5)")


def _set_for_the_session(connection: Connection, target: Target) -> None:
    for entry in target.tenants.entry("own"):
        connection.execute(entry.replace(", true)", ", false)").encode())
    connection.execute("COMMIT")


def _hold_a_cursor(connection: Connection, _: Target) -> None:
    """A cursor WITH HOLD keeps the rows that its transaction saw."""
    connection.execute(f"DECLARE {_CURSOR} CURSOR WITH HOLD FOR SELECT 1; COMMIT".encode())


def _refused(connection: Connection, statements: str) -> None:
    try:
        connection.execute(statements.encode())
    except (psycopg.errors.DivisionByZero, psycopg.errors.QueryCanceled):
        connection.execute("ROLLBACK")


_ENDINGS = (_commit, _roll_back, _fail, _cancel, _set_for_the_session, _hold_a_cursor)
