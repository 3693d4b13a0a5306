"""Liquibase's `databasechangelog`: what was applied, read and written as Liquibase does it."""

import time
from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg.rows import class_row

from sql.changelog import Changeset

PRODUCT = "aqdata"
_LONGEST_COMMENT = 250


@dataclass(frozen=True)
class AppliedChangeset:
    """A row of `databasechangelog`. `checksum` is None after Liquibase's `clear-checksums`."""

    id: str
    author: str
    path: str
    checksum: str | None
    order: int
    applied_at: datetime
    exectype: str
    tag: str | None

    @property
    def identity(self) -> tuple[str, str, str]:
        """The same as `Changeset.identity`."""
        return (self.id, self.author, self.path)

    @property
    def label(self) -> str:
        """The same as `Changeset.label`."""
        return f"{self.path}::{self.id}::{self.author}"


_COLUMNS = (
    "id, author, filename AS path, md5sum AS checksum, orderexecuted AS order, dateexecuted AS applied_at,"
    " exectype, tag"
)
_SELECT = f"SELECT {_COLUMNS} FROM databasechangelog ORDER BY dateexecuted, orderexecuted"  # noqa: S608 constants


def read_history(connection: psycopg.Connection) -> list[AppliedChangeset]:
    """What was applied, oldest first; nothing where the table does not exist yet."""
    if not has_history(connection):
        return []
    with connection.cursor(row_factory=class_row(AppliedChangeset)) as cursor:
        return cursor.execute(_SELECT).fetchall()


def has_history(connection: psycopg.Connection) -> bool:
    """Whether the schema has Liquibase's table."""
    (found,) = connection.execute("SELECT to_regclass('databasechangelog') IS NOT NULL").fetchone() or (False,)
    return bool(found)


def deployment_id() -> str:
    """Ten digits that the changesets of one run have in common, made from the clock as Liquibase does."""
    return str(time.time_ns() // 1_000_000)[-10:]


def record(connection: psycopg.Connection, changeset: Changeset, deployment: str) -> AppliedChangeset:
    """Write the changeset's row, or bring it up to date where the changeset ran before."""
    values = {
        "id": changeset.id,
        "author": changeset.author,
        "path": changeset.path,
        "checksum": changeset.checksum,
        "comment": changeset.comment[:_LONGEST_COMMENT],
        "deployment": deployment,
        "product": PRODUCT,
    }
    with connection.cursor(row_factory=class_row(AppliedChangeset)) as cursor:
        updated = cursor.execute(_UPDATE, values).fetchall()
        return (updated or cursor.execute(_INSERT, values).fetchall())[0]


_NEXT = "(SELECT COALESCE(MAX(orderexecuted), 0) + 1 FROM databasechangelog)"
_UPDATE = f"""
UPDATE databasechangelog SET dateexecuted = now(), orderexecuted = {_NEXT}, md5sum = %(checksum)s,
  exectype = 'RERAN', deployment_id = %(deployment)s, comments = %(comment)s, liquibase = %(product)s
WHERE id = %(id)s AND author = %(author)s AND filename = %(path)s RETURNING {_COLUMNS}
"""  # noqa: S608 constants
_INSERT = f"""
INSERT INTO databasechangelog (id, author, filename, dateexecuted, orderexecuted, exectype, md5sum, description,
  comments, liquibase, deployment_id)
VALUES (%(id)s, %(author)s, %(path)s, now(), {_NEXT}, 'EXECUTED', %(checksum)s, 'sql', %(comment)s, %(product)s,
  %(deployment)s) RETURNING {_COLUMNS}
"""  # noqa: S608 constants


def forget(connection: psycopg.Connection, applied: AppliedChangeset) -> None:
    """Remove the row of a changeset that was rolled back."""
    connection.execute(
        "DELETE FROM databasechangelog WHERE id = %s AND author = %s AND filename = %s", applied.identity
    )


def adopt_checksum(connection: psycopg.Connection, changeset: Changeset) -> None:
    """Write the checksum of a changeset whose stored one was cleared."""
    connection.execute(
        "UPDATE databasechangelog SET md5sum = %s WHERE id = %s AND author = %s AND filename = %s",
        [changeset.checksum, *changeset.identity],
    )


def tag_last(connection: psycopg.Connection, tag: str) -> None:
    """Give the newest row the tag, to which a rollback can go back."""
    connection.execute(
        "UPDATE databasechangelog SET tag = %s WHERE (id, author, filename) IN"
        " (SELECT id, author, filename FROM databasechangelog ORDER BY dateexecuted DESC, orderexecuted DESC LIMIT 1)",
        [tag],
    )
