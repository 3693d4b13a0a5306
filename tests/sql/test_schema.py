"""What the changelogs make is what is declared and what the architecture says."""

from collections.abc import Iterator

import psycopg
import pytest

from infra.model.service import Service
from tests.servers.postgres import PostgresServer

pytestmark = pytest.mark.docker

BOOKKEEPING = {"databasechangelog", "databasechangeloglock"}

SEED_INDEXES = {
    "idx_events_tenant_id": "(tenant_id)",
    "idx_events_status": "(status) WHERE (status = 'PUBLISHED'::text)",
    "idx_events_starts_at": "(starts_at)",
    "idx_events_tenant_status": "(tenant_id, status)",
    "idx_registrations_tenant_id": "(tenant_id)",
    "idx_registrations_event_id": "(event_id)",
    "idx_registrations_user_id": "(user_id)",
}

SEED_COLUMNS = {
    "users": "id email password_hash first_name last_name created_at updated_at",
    "organizations": "id owner_id name slug description created_at",
    "organization_members": "id organization_id user_id role joined_at",
    "events": "id tenant_id organizer_id title description status starts_at ends_at timezone venue_id created_at",
    "ticket_types": "id event_id name quantity sold_count sales_start sales_end",
    "registrations": "id tenant_id event_id ticket_type_id user_id status confirmation_code created_at",
    "check_ins": "id registration_id checked_in_by checked_in_at",
    "payments": "id tenant_id registration_id provider provider_payment_id status amount_cents currency metadata"
    " created_at completed_at",
    "refunds": "id payment_id amount_cents reason status created_at",
}

UNINDEXED_KEYS = """
SELECT c.conrelid::regclass || '.' || c.conname FROM pg_constraint AS c
WHERE c.contype = 'f' AND c.connamespace::regnamespace::text LIKE '%\\_service' AND NOT EXISTS (
  SELECT FROM pg_index AS i WHERE i.indrelid = c.conrelid AND i.indpred IS NULL
    AND c.conkey @> (i.indkey::int2[])[0:array_length(c.conkey, 1) - 1])
"""


@pytest.fixture(scope="module")
def admin(postgres: PostgresServer) -> Iterator[psycopg.Connection]:
    with postgres.admin() as connection:
        yield connection


def _values(connection: psycopg.Connection, query: str, *parameters: object) -> list[str]:
    return [row[0] for row in connection.execute(query.encode(), parameters or None)]


def test_the_tables_are_those_declared(admin: psycopg.Connection, services: dict[str, Service]) -> None:
    for service in services.values():
        found = _values(admin, "SELECT tablename FROM pg_tables WHERE schemaname = %s", service.schema_name)
        assert set(found) == set(service.tables) | BOOKKEEPING


def test_every_tenant_table_is_forced_and_has_the_one_policy(
    admin: psycopg.Connection, services: dict[str, Service]
) -> None:
    query = """
        SELECT c.relrowsecurity AND c.relforcerowsecurity, p.policyname, p.permissive, p.cmd, p.roles::text,
            p.qual, p.with_check
        FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
        LEFT JOIN pg_policies AS p ON (p.schemaname, p.tablename) = (n.nspname, c.relname)
        WHERE n.nspname = %s AND c.relname = %s"""
    for service in services.values():
        for name, table in service.tables.items():
            if table.is_tenant_scoped:
                (row,) = admin.execute(query, [service.schema_name, name]).fetchall()
                condition = (
                    f"({table.key} = ( SELECT (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid"
                    ' AS "nullif"))'
                )
                assert row == (True, "tenant_isolation", "PERMISSIVE", "ALL", "{public}", condition, condition)


def test_the_seeds_indexes_have_its_names_and_columns(admin: psycopg.Connection) -> None:
    query = "SELECT indexname, split_part(indexdef, 'USING btree ', 2) FROM pg_indexes WHERE indexname = ANY(%s)"
    assert dict(admin.execute(query, [list(SEED_INDEXES)]).fetchall()) == SEED_INDEXES


def test_the_seeds_columns_are_there(admin: psycopg.Connection) -> None:
    for table, columns in SEED_COLUMNS.items():
        found = _values(admin, "SELECT column_name::text FROM information_schema.columns WHERE table_name = %s", table)
        assert set(columns.split()) <= set(found), table


def test_every_foreign_key_is_covered_by_an_index(admin: psycopg.Connection) -> None:
    assert _values(admin, UNINDEXED_KEYS) == []
    assert len(_values(admin, "SELECT conname::text FROM pg_constraint WHERE contype = 'f'")) > 5


def test_every_moment_has_a_time_zone_and_every_amount_is_a_bigint(admin: psycopg.Connection) -> None:
    query = (
        "SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema LIKE '%_service'"
    )
    naive = _values(
        admin, query + " AND data_type = 'timestamp without time zone' AND table_name NOT LIKE 'databasechange%'"
    )
    small = _values(admin, query + " AND column_name = 'amount_cents' AND data_type <> 'bigint'")
    assert (naive, small) == ([], [])


def test_updated_at_is_kept_by_a_trigger(admin: psycopg.Connection) -> None:
    with_column = _values(
        admin,
        "SELECT table_name::text FROM information_schema.columns"
        " WHERE column_name = 'updated_at' AND table_schema LIKE '%_service'",
    )
    with_trigger = _values(admin, "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'touch_updated_at'")
    assert sorted(name.rpartition(".")[2] for name in with_trigger) == sorted(with_column)


def test_an_update_moves_updated_at_whatever_is_written(postgres: PostgresServer) -> None:
    insert = "INSERT INTO users (email, password_hash, first_name, last_name, updated_at)" \
        " VALUES ('ann@example.org', repeat('x', 60), '', '', '2020-01-01') RETURNING updated_at < now()"  # fmt: skip
    with postgres.session("user_service_app", autocommit=False) as app:
        assert app.execute(insert).fetchone() == (True,)
        assert app.execute("UPDATE users SET updated_at = '2020-01-01' RETURNING updated_at = now()").fetchone() == (
            True,
        )
        app.rollback()


@pytest.mark.parametrize(
    ("role", "statement", "constraint"),
    [
        ("user_service_app", "INSERT INTO users (email, password_hash, first_name, last_name) VALUES"
         " ('Ann@example.org', repeat('x', 60), '', '')", "users_email_check"),
        ("payment_service_app", "INSERT INTO payments (tenant_id, registration_id, provider, amount_cents, currency)"
         " VALUES (%(t)s, %(t)s, 'stripe', 0, 'EUR')", "payments_amount_cents_check"),
        ("payment_service_app", "INSERT INTO payments (tenant_id, registration_id, provider, amount_cents, currency)"
         " VALUES (%(t)s, %(t)s, 'stripe', 1, 'eur')", "payments_currency_check"),
        ("payment_service_app", "INSERT INTO payments (tenant_id, registration_id, provider, amount_cents, currency,"
         """ metadata) VALUES (%(t)s, %(t)s, 'stripe', 1, 'EUR', '{"pan": "4111"}')""", "payments_metadata_check"),
        ("event_service_app", "INSERT INTO events (tenant_id, organizer_id, title, status, starts_at, ends_at)"
         " VALUES (%(t)s, %(t)s, 'x', 'LIVE', now(), now() + interval '1 h')", "events_status_check"),
        ("event_service_app", "INSERT INTO events (tenant_id, organizer_id, title, starts_at, ends_at)"
         " VALUES (%(t)s, %(t)s, 'x', now(), now())", "events_ends_at_check"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_refused(postgres: PostgresServer, role: str, statement: str, constraint: str) -> None:
    tenant = "00000000-0000-4000-8000-000000000001"
    with postgres.session(role, autocommit=False) as app:
        app.execute("SELECT set_config('app.tenant_id', %s, true)", [tenant])
        with pytest.raises(psycopg.errors.CheckViolation) as refused:
            app.execute(statement.encode(), {"t": tenant} if "%(t)s" in statement else None)
        app.rollback()
    assert refused.value.diag.constraint_name == constraint
