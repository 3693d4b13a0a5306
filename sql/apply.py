"""Apply a changelog, and roll it back, each changeset in a transaction of its own."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import psycopg
from pglast import split
from psycopg import sql

from infra.model.errors import ResourceError
from infra.model.service import Service
from sql import history
from sql.changelog import Changelog, Changeset
from sql.history import AppliedChangeset
from sql.lock import WAIT, changelog_lock
from sql.plan import Status, compare, steps_to_apply, steps_to_roll_back
from sql.roles import search_path
from sql.rules import require_additive


class ChangesetFailed(ResourceError):
    """The server refused a changeset, or the connection was lost in it."""


def apply(
    connection: psycopg.Connection, changelog: Changelog, tag: str | None = None, wait: float = WAIT
) -> list[AppliedChangeset]:
    """Run what is due and give its rows; `tag` then marks the state for a later rollback.

    `connection` is a session of the service's migrator. Raises ChangesetEdited, ChangesetFailed,
    ChangelogLocked, and ConfigurationError where a rule on changes is broken; then nothing is run.
    """
    _enter(connection, changelog.owner, changelog.schema)
    with changelog_lock(connection, wait):
        applied = history.read_history(connection)
        steps = steps_to_apply(changelog, applied)
        require_additive(steps)
        for changeset in compare(changelog, applied).cleared:
            history.adopt_checksum(connection, changeset)
        deployment = history.deployment_id()
        done = [_apply_one(connection, changeset, deployment) for changeset in steps]
        if tag is not None:
            history.tag_last(connection, tag)
    return done


def status(connection: psycopg.Connection, changelog: Changelog) -> Status:
    """How the schema stands against the changelog; changes nothing."""
    _enter(connection, changelog.owner, changelog.schema)
    return compare(changelog, history.read_history(connection))


def rollback(
    connection: psycopg.Connection,
    changelog: Changelog,
    count: int | None = None,
    tag: str | None = None,
    wait: float = WAIT,
) -> list[AppliedChangeset]:
    """Undo the newest `count` changesets, or those after `tag`; gives what was undone, newest first."""
    _enter(connection, changelog.owner, changelog.schema)
    with changelog_lock(connection, wait):
        steps = steps_to_roll_back(changelog, history.read_history(connection), count, tag)
        for changeset, row in steps:
            with _step(connection, changeset, "rollback of changeset"):
                _execute(connection, changeset.rollback, changeset.run_in_transaction)
                history.forget(connection, row)
    return [row for _, row in steps]


def _enter(connection: psycopg.Connection, owner: str, schema: str) -> None:
    """Act as the owner in the service's schema, whatever the session was before."""
    connection.autocommit = True
    connection.execute(
        sql.SQL("SET ROLE {}; SET search_path = {}").format(sql.Identifier(owner), sql.SQL(search_path(schema)))
    )


def _apply_one(connection: psycopg.Connection, changeset: Changeset, deployment: str) -> AppliedChangeset:
    with _step(connection, changeset, "changeset"):
        _execute(connection, changeset.sql, changeset.run_in_transaction)
        return history.record(connection, changeset, deployment)


def _execute(connection: psycopg.Connection, text: str, in_transaction: bool) -> None:
    # CREATE INDEX CONCURRENTLY and its like refuse a transaction, and several statements sent at once are one.
    for statement in [text] if in_transaction else split(text):
        connection.execute(statement.encode())


@contextmanager
def _step(connection: psycopg.Connection, changeset: Changeset, what: str) -> Iterator[None]:
    """The changeset's transaction, if it has one, and what to say when it fails."""
    try:
        with connection.transaction() if changeset.run_in_transaction else nullcontext():
            yield
    except psycopg.Error as error:
        reason = error.diag.message_primary or str(error).strip()
        hint = f"{error.diag.message_hint}; " if error.diag.message_hint else ""
        raise ChangesetFailed(
            f"{what} {changeset.label} failed: {reason}", f"{hint}{_consequence(connection, changeset)}"
        ) from error


def _consequence(connection: psycopg.Connection, changeset: Changeset) -> str:
    lost = "the connection was lost; " if connection.broken else ""
    if changeset.run_in_transaction:
        return f"{lost}nothing of it remains, what ran before it stays; correct it and run again"
    return f"{lost}it runs outside a transaction: drop what it left, such as an INVALID index, and run again"


def recorded_checksums(connection: psycopg.Connection, service: Service) -> dict[str, str]:
    """Checksum by changeset id, in the order of application, as `databasechangelog` has them."""
    _enter(connection, service.owner, service.schema_name)
    return {row.id: row.checksum or "" for row in history.read_history(connection)}
