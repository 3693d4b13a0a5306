"""Row counts and checksums of every table of an instance, to compare a copy with its source."""

from collections.abc import Iterator, Mapping, Sequence

from infra.backup.database import Database

_STORED = """
WITH stored AS (
  SELECT coalesce(i.inhparent, c.oid)::regclass AS known_as, c.oid::regclass AS relation
  FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
  LEFT JOIN pg_inherits AS i ON i.inhrelid = c.oid AND n.nspname ~ '^_?timescaledb'
  WHERE c.relkind = 'r' AND c.relpersistence = 'p'
    AND (n.nspname !~ '^(pg_|_?timescaledb|information_schema)' OR i.inhrelid IS NOT NULL))
"""
"""Every relation with rows of its own: partitions and children too, and TimescaleDB's chunks as their hypertable."""
_TABLES = f"""{_STORED}
SELECT format('SELECT %L, count(*), coalesce(sum(hashtextextended((t.*)::text, 0)::numeric), 0) FROM ONLY %s AS t',
              known_as, relation)
FROM stored ORDER BY known_as::text, relation::text
"""  # noqa: S608 a constant
_AT_ONCE = 200
"""Relations of one statement: psql gets it as an argument, which the kernel limits to 128 KiB."""


def table_checksums(database: Database) -> dict[str, str]:
    """Table -> `rows:sum of row hashes`, read as the superuser, so that no policy hides a row. Raises ResourceError."""
    sums: dict[str, tuple[int, int]] = {}
    for row in _rows(database, database.query(_TABLES)):
        table, count, checksum = row.rsplit("|", 2)
        counted, summed = sums.get(table, (0, 0))
        sums[table] = counted + int(count), summed + int(checksum)
    return {table: f"{count}:{checksum}" for table, (count, checksum) in sums.items()}


def relations_of(database: Database, table: str) -> list[str]:
    """Where a table of the checksums has its rows: in itself, or in a hypertable's chunks. Raises ResourceError."""
    name = table.replace("'", "''")
    return database.query(f"{_STORED} SELECT relation FROM stored WHERE known_as::text = '{name}'")  # noqa: S608 quoted


def _rows(database: Database, statements: Sequence[str]) -> Iterator[str]:
    for start in range(0, len(statements), _AT_ONCE):
        yield from database.query(" UNION ALL ".join(statements[start : start + _AT_ONCE]))


def differences(before: Mapping[str, str], after: Mapping[str, str], copy: Mapping[str, str]) -> list[str]:
    """Tables whose rows in the copy are neither those before nor those after the moment it was restored to."""
    tables = sorted({*before, *after, *copy})
    return [table for table in tables if copy.get(table) not in (before.get(table), after.get(table))]
