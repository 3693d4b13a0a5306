"""Put rows into a service's tables by COPY, through row-level security and not around it."""

from collections.abc import Sequence

import psycopg
from psycopg import sql

from infra.model.service import Service
from sql.demo.rows import COLUMNS, Row, Rows


def fill(connection: psycopg.Connection, service: Service, rows: Rows) -> int:
    """Add the service's share of the rows in one transaction; gives their number.

    `connection` is a session of the migrator. COPY refuses tables with row-level security, so rows of tenants go
    to a temporary table first and from there, tenant by tenant, under the policies.
    """
    count = 0
    with connection.transaction():
        for (owner, table), columns in COLUMNS.items():
            due = rows.get((owner, table), [])
            if owner != service.name or not due:
                continue
            key = service.tables[table].key
            _add(connection, sql.Identifier(service.schema_name, table), columns, due, key)
            count += len(due)
    return count


def _add(
    connection: psycopg.Connection, table: sql.Identifier, columns: Sequence[str], rows: Sequence[Row], key: str | None
) -> None:
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    if key is None:
        _copy(connection, table, names, rows)
        return
    connection.execute(_STAGE.format(table, names))
    _copy(connection, sql.Identifier("pg_temp", "staged"), names, rows)
    connection.execute(_MOVE.format(table=table, names=names, key=sql.Identifier(key)))


def _copy(connection: psycopg.Connection, table: sql.Identifier, names: sql.Composed, rows: Sequence[Row]) -> None:
    with connection.cursor().copy(sql.SQL("COPY {} ({}) FROM STDIN").format(table, names)) as copy:
        for row in rows:
            copy.write_row(row)


_STAGE = sql.SQL("CREATE TEMP TABLE staged ON COMMIT DROP AS SELECT {1} FROM {0} WITH NO DATA")
_MOVE = sql.SQL("""
DO $move$
DECLARE
  tenant uuid;
BEGIN
  CREATE INDEX ON pg_temp.staged ({key});
  FOR tenant IN SELECT DISTINCT {key} FROM pg_temp.staged LOOP
    PERFORM set_config('app.tenant_id', tenant::text, true);
    INSERT INTO {table} ({names}) SELECT {names} FROM pg_temp.staged WHERE {key} = tenant;
  END LOOP;
  DROP TABLE pg_temp.staged;
END $move$
""")
