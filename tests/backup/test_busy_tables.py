"""A drill of an instance that is written to: what stayed as it was around the moment must be in the copy."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg
import pytest
from psycopg import sql

from infra.backup.checksums import table_checksums
from infra.backup.database import Database
from infra.backup.drill.judge import rows_judgement
from infra.backup.drill.report import Judgement
from infra.backup.drill.scans import Scans
from infra.backup.drill.unchanged import horizon
from tests.servers.postgres import PostgresServer

pytestmark = pytest.mark.docker
_COPIED_WITHIN = 30.0
TABLES = """
CREATE SCHEMA proof;
CREATE TABLE proof.quiet AS SELECT n AS id FROM generate_series(1, 100) AS n;
CREATE TABLE proof.busy AS SELECT n AS id, 0 AS written FROM generate_series(1, 500) AS n;
CREATE TABLE proof.readings (at timestamptz NOT NULL, value integer);
SELECT extensions.create_hypertable('proof.readings', 'at');
INSERT INTO proof.readings
  SELECT '2026-01-01'::timestamptz + n * interval '1 hour', n FROM generate_series(1, 400) AS n;
"""
WRITE = """
UPDATE proof.busy SET written = written + 1 WHERE id <= 10;
INSERT INTO proof.readings VALUES ('2026-01-01', {0}), (timestamptz '2026-05-01' + {0} * interval '30 days', 0);
DELETE FROM proof.readings WHERE value = 400 - {0};
"""


class Instance:
    """A database, and a copy of it: of the same server, and like a restored one with each row at its place."""

    def __init__(self, postgres: PostgresServer, database: str) -> None:
        self._postgres, self.name = postgres, database
        self.source = Database(postgres.server.name, database)
        self.copy = Database(postgres.server.name, f"{database}_copy")

    def run(self, statements: str, database: str = "") -> None:
        with self._postgres.admin(database or self.name) as admin:
            admin.execute("SET event_triggers = off")
            admin.execute(statements.encode())

    @contextmanager
    def copied(self) -> Iterator[None]:
        """A copy of now, with each row at its place."""
        with self._postgres.admin("postgres") as admin:
            deadline = time.monotonic() + _COPIED_WITHIN
            while not self._is_copied(admin):
                assert time.monotonic() < deadline, "somebody is always in the database that is to be copied"
            try:
                yield
            finally:
                admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(self.copy.name)))

    def _is_copied(self, admin: psycopg.Connection) -> bool:
        """Whether nobody was in the database: TimescaleDB's scheduler comes back to it by itself."""
        admin.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", [self.name])
        names = sql.Identifier(self.copy.name), sql.Identifier(self.name)
        with suppress(psycopg.errors.ObjectInUse):
            admin.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy").format(*names))
            return True
        return False

    @contextmanager
    def restored(self, before: str = WRITE.format(1), after: str = WRITE.format(2)) -> Iterator[Scans]:
        """A copy of the moment between two commits, and what a drill scanned around them."""
        oldest, scanned = horizon(self.source), table_checksums(self.source)
        self.run(before)
        with self.copied():
            self.run(after)
            yield Scans(scanned, table_checksums(self.source), oldest)

    def judged(self, damage: str = "SELECT") -> Judgement:
        """A copy that this was done to."""
        with self.restored() as scans:
            self.run(damage, self.copy.name)
            return rows_judgement(self.source, scans, self.copy)


@pytest.fixture
def instance(postgres: PostgresServer) -> Iterator[Instance]:
    with postgres.fresh() as database:
        found = Instance(postgres, database)
        found.run(TABLES)
        yield found


def test_a_whole_copy_passes_and_says_how_many_tables_were_judged_by_their_unchanged_rows(instance: Instance) -> None:
    found = instance.judged()
    assert found.passed, found.detail
    assert found.detail.endswith("2 written meanwhile with their 888 unchanged rows")


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("DELETE FROM proof.busy WHERE id = 400", "proof.busy (1 of 490 unchanged rows lost)"),
        ("DELETE FROM proof.readings WHERE value = 7", "proof.readings (1 of 398 unchanged rows lost)"),
        ("UPDATE proof.busy SET written = 9 WHERE id = 400", "proof.busy (1 of 490 unchanged rows lost)"),
        ("TRUNCATE proof.readings", "proof.readings (398 of 398 unchanged rows lost)"),
        ("DROP TABLE proof.busy", "proof.busy"),
        ("DELETE FROM proof.quiet WHERE id = 1", "proof.quiet (1 of 100 unchanged rows lost)"),
    ],
)
def test_a_copy_that_lost_what_nobody_changed_fails(instance: Instance, damage: str, said: str) -> None:
    found = instance.judged(damage)
    assert (found.passed, found.detail) == (False, f"differ in {said}")


def test_rows_that_were_written_again_are_not_demanded(instance: Instance) -> None:
    with instance.restored(after=WRITE.format(2) + "UPDATE proof.busy SET id = id") as scans:
        found = rows_judgement(instance.source, scans, instance.copy)
    assert found.passed, found.detail
    assert found.detail.endswith("with their 398 unchanged rows")


def test_a_row_that_was_there_at_the_moment_alone_is_nothing_wrong(instance: Instance) -> None:
    into, out = "INSERT INTO proof.quiet VALUES (0)", "DELETE FROM proof.quiet WHERE id = 0"
    with instance.restored(into, out) as scans:
        assert scans.before["proof.quiet"] == scans.after["proof.quiet"]
        found = rows_judgement(instance.source, scans, instance.copy)
    assert found.passed, found.detail


def test_a_copy_with_rows_that_were_deleted_before_fails(instance: Instance) -> None:
    with instance.copied():
        instance.run("DELETE FROM proof.quiet WHERE id = 1")
        oldest, scanned = horizon(instance.source), table_checksums(instance.source)
        found = rows_judgement(instance.source, Scans(scanned, scanned, oldest), instance.copy)
    assert (found.passed, found.detail) == (False, "differ in proof.quiet (1 rows too many)")


def test_a_table_made_meanwhile_demands_nothing(instance: Instance) -> None:
    made, more = "CREATE TABLE proof.late AS SELECT 1 AS id", "INSERT INTO proof.late VALUES (2)"
    with instance.restored(f"{WRITE.format(1)}; {made}", more) as scans:
        instance.run("DELETE FROM proof.late", instance.copy.name)
        found = rows_judgement(instance.source, scans, instance.copy)
    assert found.passed, found.detail
