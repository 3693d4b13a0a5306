"""Row counts and checksums of every table of an instance, to compare a copy with its source."""

from infra.backup.restore.recovery import query

_TABLES = """
SELECT format('SELECT %L, count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) FROM ONLY %s AS t',
              c.oid::regclass, c.oid::regclass)
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND c.relpersistence = 'p'
  AND n.nspname !~ '^(pg_|_?timescaledb|information_schema)'
ORDER BY c.oid::regclass::text
"""


def table_checksums(container: str, database: str) -> dict[str, str]:
    """Table -> `rows:sum of row hashes`, read as the superuser, so that no policy hides a row. Raises ResourceError."""
    statements = [line for line in query(container, database, _TABLES).splitlines() if line]
    if not statements:
        return {}
    rows = query(container, database, " UNION ALL ".join(statements)).splitlines()
    found = (row.split("|") for row in rows)
    return {table: f"{count}:{checksum}" for table, count, checksum in found}


def differences(before: dict[str, str], after: dict[str, str], copy: dict[str, str]) -> list[str]:
    """Tables whose rows in the copy are neither those before nor those after the moment it was restored to."""
    tables = sorted({*before, *after, *copy})
    return [table for table in tables if copy.get(table) not in (before.get(table), after.get(table))]
