"""One applier at a time, Liquibase included.

Ours exclude each other with an advisory lock, which the server drops with the session; Liquibase is excluded by its
own row in `databasechangeloglock`. A row that says aqdata while we have the advisory lock is one that a lost
session left behind.
"""

import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from infra.model.errors import ResourceError
from sql.history import PRODUCT
from sql.liquibase_tables import CREATE_TABLES

WAIT = 300.0
"""Seconds to wait for another applier; Liquibase waits as long."""

_POLL = 0.05
_ADVISORY = "hashtextextended('aqdata changelog ' || current_schema(), 0)"


class ChangelogLocked(ResourceError):
    """Somebody else applies changes to the same schema."""


@contextmanager
def changelog_lock(connection: psycopg.Connection, wait: float = WAIT) -> Iterator[None]:
    """Hold both locks; makes the bookkeeping tables where there are none. Raises ChangelogLocked after `wait` s."""
    deadline = time.monotonic() + wait
    _take_advisory(connection, deadline)
    try:
        if not _has_tables(connection):
            connection.execute(CREATE_TABLES)
        _take_row(connection, deadline)
        try:
            yield
        finally:
            _release(connection, "UPDATE databasechangeloglock SET locked = false, lockgranted = NULL, lockedby = NULL")
    finally:
        _release(connection, f"SELECT pg_advisory_unlock({_ADVISORY})")


def _has_tables(connection: psycopg.Connection) -> bool:
    (found,) = connection.execute(
        "SELECT to_regclass('databasechangelog') IS NOT NULL AND to_regclass('databasechangeloglock') IS NOT NULL"
    ).fetchone() or (False,)
    return bool(found)


def _take_advisory(connection: psycopg.Connection, deadline: float) -> None:
    while True:
        row = connection.execute(f"SELECT pg_try_advisory_lock({_ADVISORY})").fetchone()
        if row is not None and row[0]:
            return
        _wait_or_give_up("another aqdata", deadline)


def _take_row(connection: psycopg.Connection, deadline: float) -> None:
    me = f"{PRODUCT} {socket.gethostname()} ({os.getpid()})"
    while True:
        row = connection.execute(
            "UPDATE databasechangeloglock SET locked = true, lockgranted = now(), lockedby = %s"
            " WHERE id = 1 AND (NOT locked OR lockedby LIKE %s) RETURNING id",
            [me, f"{PRODUCT} %"],
        ).fetchone()
        if row is not None:
            return
        _wait_or_give_up(_holder(connection), deadline)


def _holder(connection: psycopg.Connection) -> str:
    row = connection.execute("SELECT lockedby, lockgranted FROM databasechangeloglock WHERE id = 1").fetchone()
    return f"{row[0]} since {row[1]}" if row is not None else "nobody: databasechangeloglock has no row"


def _wait_or_give_up(holder: str, deadline: float) -> None:
    if time.monotonic() > deadline:
        raise ChangelogLocked(
            f"the changelog is locked by {holder}",
            "wait for it to finish; where that Liquibase died, run 'liquibase release-locks'",
        )
    time.sleep(_POLL)


def _release(connection: psycopg.Connection, statement: str) -> None:
    """A lost session has released the advisory lock, and the row is taken over by the next applier."""
    if not connection.broken:
        connection.execute(statement.encode())
