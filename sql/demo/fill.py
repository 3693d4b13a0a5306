"""Put rows into a service's tables by COPY, through row-level security and not around it."""

from collections.abc import Mapping, Sequence

import psycopg
from psycopg import sql

from infra.model.service import Service
from infra.model.tenancy import TenantContext
from sql.demo.rows import COLUMNS, Row, Rows


def fill(connection: psycopg.Connection, service: Service, rows: Rows, tenant_context: TenantContext = "plain") -> int:
    """Add the service's share of the rows in one transaction; gives their number.

    `connection` is a session of the migrator. COPY refuses tables with row-level security, so rows of tenants go
    to a temporary table first and from there, tenant by tenant, under the policies. Where the tenant context is
    signed, the owner makes itself a token for each.
    """
    count = 0
    with connection.transaction():
        for (owner, table), columns in COLUMNS.items():
            due = rows.get((owner, table), [])
            if owner != service.name or not due:
                continue
            key = service.tables[table].key
            names = sql.SQL(", ").join(map(sql.Identifier, columns))
            target = sql.Identifier(service.schema_name, table)
            if key is None:
                _copy(connection, target, names, due)
            else:
                staged = {"table": target, "names": names, "key": sql.Identifier(key), "enter": _ENTER[tenant_context]}
                _add_by_tenant(connection, staged, names, due)
            count += len(due)
    return count


def _add_by_tenant(
    connection: psycopg.Connection, staged: Mapping[str, sql.Composable], names: sql.Composed, rows: Sequence[Row]
) -> None:
    connection.execute(_STAGE.format(**staged))
    _copy(connection, sql.Identifier("pg_temp", "staged"), names, rows)
    connection.execute(_MOVE.format(**staged))


def _copy(connection: psycopg.Connection, table: sql.Identifier, names: sql.Composed, rows: Sequence[Row]) -> None:
    with connection.cursor().copy(sql.SQL("COPY {} ({}) FROM STDIN").format(table, names)) as copy:
        for row in rows:
            copy.write_row(row)


_ENTER: dict[TenantContext, sql.SQL] = {
    "plain": sql.SQL("set_config('app.tenant_id', tenant::text, true)"),
    "signed": sql.SQL("set_config('app.tenant_token', tenant_context.token_for(tenant), true)"),
}
_STAGE = sql.SQL("CREATE TEMP TABLE staged ON COMMIT DROP AS SELECT {names} FROM {table} WITH NO DATA")
_MOVE = sql.SQL("""
DO $move$
DECLARE
  tenant uuid;
BEGIN
  CREATE INDEX ON pg_temp.staged ({key});
  FOR tenant IN SELECT DISTINCT {key} FROM pg_temp.staged LOOP
    PERFORM {enter};
    INSERT INTO {table} ({names}) SELECT {names} FROM pg_temp.staged WHERE {key} = tenant;
  END LOOP;
  DROP TABLE pg_temp.staged;
END $move$
""")
