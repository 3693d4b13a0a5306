"""Every row of an instance counts once in its checksums, wherever PostgreSQL keeps it."""

from collections.abc import Iterator

import pytest

from infra.backup.checksums import table_checksums
from infra.backup.database import Database
from tests.servers.postgres import PostgresServer

pytestmark = pytest.mark.docker
HYPERTABLE = """
CREATE TABLE proof.readings (at timestamptz NOT NULL, value integer);
SELECT extensions.create_hypertable('proof.readings', 'at');
INSERT INTO proof.readings VALUES ('2026-01-01', 1), ('2026-01-02', 2), ('2026-06-01', 3);
"""
PARTITIONS = """
CREATE TABLE proof.parts (id integer) PARTITION BY RANGE (id);
CREATE TABLE proof.parts_low PARTITION OF proof.parts FOR VALUES FROM (0) TO (10);
INSERT INTO proof.parts SELECT generate_series(0, 4);
"""
CHILDREN = """
CREATE TABLE proof.parent (id integer);
CREATE TABLE proof.child (note text) INHERITS (proof.parent);
INSERT INTO proof.parent VALUES (1);
INSERT INTO proof.child VALUES (2, 'two');
"""


@pytest.fixture
def database(postgres: PostgresServer) -> Iterator[str]:
    with postgres.fresh() as name:
        run(postgres, name, f"ALTER DATABASE {name} SET event_triggers = off", "CREATE SCHEMA proof")
        yield name


def run(postgres: PostgresServer, database: str, *statements: str) -> None:
    with postgres.admin(database) as admin:
        for statement in statements:
            admin.execute(statement.encode())


def found(postgres: PostgresServer, database: str) -> dict[str, str]:
    """Checksums of the test's own tables."""
    every = table_checksums(Database(postgres.server.name, database))
    return {name: checksum for name, checksum in every.items() if name.startswith("proof.")}


def counts(checksums: dict[str, str]) -> dict[str, int]:
    return {name: int(checksum.partition(":")[0]) for name, checksum in checksums.items()}


def test_the_rows_of_a_hypertable_are_its_own(postgres: PostgresServer, database: str) -> None:
    run(postgres, database, HYPERTABLE)
    before = found(postgres, database)
    assert counts(before) == {"proof.readings": 3}
    run(postgres, database, "UPDATE proof.readings SET value = 4 WHERE value = 3")
    changed = found(postgres, database)
    assert counts(changed) == counts(before)
    assert changed != before
    run(postgres, database, "DELETE FROM proof.readings")
    assert counts(found(postgres, database)) == {"proof.readings": 0}


def test_a_row_counts_once_in_the_partition_or_child_that_holds_it(postgres: PostgresServer, database: str) -> None:
    run(postgres, database, PARTITIONS, CHILDREN)
    before = found(postgres, database)
    assert counts(before) == {"proof.parts_low": 5, "proof.parent": 1, "proof.child": 1}
    run(postgres, database, "UPDATE proof.child SET note = 'three'")
    assert {name for name, each in found(postgres, database).items() if each != before[name]} == {"proof.child"}


def test_a_column_that_is_called_like_the_row_hides_none(postgres: PostgresServer, database: str) -> None:
    run(
        postgres,
        database,
        "CREATE TABLE proof.named (t integer, value integer)",
        "INSERT INTO proof.named VALUES (1, 1)",
    )
    before = found(postgres, database)
    run(postgres, database, "UPDATE proof.named SET value = 2")
    assert found(postgres, database) != before


def test_more_tables_than_fit_one_statement_are_all_read(postgres: PostgresServer, database: str) -> None:
    made = (
        "DO $$BEGIN FOR n IN 1..1000 LOOP EXECUTE format('CREATE TABLE proof.many_%s (id integer)', n); END LOOP; END$$"
    )
    run(postgres, database, made)
    assert len(found(postgres, database)) == 1000
