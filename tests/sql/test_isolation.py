"""Row-level security as a service's logins meet it."""

import uuid
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import errors

from tests.servers.postgres import PostgresServer

pytestmark = pytest.mark.docker

A, B = str(uuid.uuid4()), str(uuid.uuid4())
INSERT = "INSERT INTO events (tenant_id, organizer_id, title, starts_at, ends_at)" \
    " VALUES (%s, gen_random_uuid(), %s, now(), now() + interval '1 h') RETURNING id"  # fmt: skip


@pytest.fixture(scope="module")
def database(postgres: PostgresServer) -> Iterator[str]:
    """One event of each tenant."""
    with postgres.fresh() as name:
        with postgres.session("event_service_app", name, autocommit=False) as app:
            for tenant, title in ((A, "of A"), (B, "of B")):
                with app.transaction():
                    _choose(app, tenant)
                    app.execute(INSERT, [tenant, title])
        yield name


@pytest.fixture
def app(postgres: PostgresServer, database: str) -> Iterator[psycopg.Connection]:
    """A session of the application; whatever a test does is rolled back."""
    with postgres.session("event_service_app", database, autocommit=False) as connection:
        yield connection
        connection.rollback()


def _choose(connection: psycopg.Connection, tenant: str) -> None:
    connection.execute("SELECT set_config('app.tenant_id', %s, true)", [tenant])


def _titles(connection: psycopg.Connection) -> list[str]:
    return [row[0] for row in connection.execute("SELECT title FROM events ORDER BY title")]


def test_a_tenant_sees_its_own_rows_only(app: psycopg.Connection) -> None:
    _choose(app, A)
    assert _titles(app) == ["of A"]


def test_without_a_tenant_no_row_is_visible(app: psycopg.Connection) -> None:
    assert _titles(app) == []


def test_an_empty_tenant_sees_nothing(app: psycopg.Connection) -> None:
    _choose(app, "")
    assert _titles(app) == []


def test_after_the_transaction_the_tenant_is_gone(app: psycopg.Connection) -> None:
    _choose(app, A)
    app.commit()
    assert app.execute("SELECT current_setting('app.tenant_id', true)").fetchone() == ("",)
    assert _titles(app) == []


def test_a_malformed_tenant_is_an_error_that_shows_it(app: psycopg.Connection) -> None:
    _choose(app, "acme")
    with pytest.raises(errors.InvalidTextRepresentation, match='invalid input syntax for type uuid: "acme"'):
        _titles(app)


def test_the_seeds_session_level_setting_works(app: psycopg.Connection) -> None:
    app.execute(f"SET app.tenant_id = '{A}'")
    assert _titles(app) == ["of A"]


def test_rows_cannot_be_written_for_another_tenant(app: psycopg.Connection) -> None:
    _choose(app, A)
    with pytest.raises(errors.InsufficientPrivilege, match="violates row-level security policy"):
        app.execute(INSERT, [B, "smuggled"])


def test_rows_cannot_be_moved_to_another_tenant(app: psycopg.Connection) -> None:
    _choose(app, A)
    with pytest.raises(errors.InsufficientPrivilege, match="violates row-level security policy"):
        app.execute("UPDATE events SET tenant_id = %s", [B])


def test_updates_and_deletes_reach_own_rows_only(app: psycopg.Connection) -> None:
    _choose(app, A)
    assert app.execute("UPDATE events SET title = 'changed'").rowcount == 1
    assert app.execute("DELETE FROM events").rowcount == 1


def test_a_child_cannot_have_another_tenants_parent(app: psycopg.Connection) -> None:
    _choose(app, B)
    (event,) = app.execute("SELECT id FROM events").fetchone() or (None,)
    _choose(app, A)
    with pytest.raises(errors.ForeignKeyViolation):
        app.execute(
            "INSERT INTO ticket_types (tenant_id, event_id, name, quantity) VALUES (%s, %s, 'x', 1)", [A, event]
        )


def test_the_owner_is_bound_as_well(postgres: PostgresServer, database: str) -> None:
    with postgres.session("event_service_migrator", database) as migrator:
        assert migrator.execute("SELECT current_user").fetchone() == ("event_service_owner",)
        assert _titles(migrator) == []


def test_readonly_reads_its_tenant_and_writes_nothing(postgres: PostgresServer, database: str) -> None:
    with postgres.session("event_service_readonly", database, autocommit=False) as readonly:
        _choose(readonly, A)
        assert _titles(readonly) == ["of A"]
        with pytest.raises(errors.ReadOnlySqlTransaction):
            readonly.execute("DELETE FROM events")
        readonly.rollback()
        readonly.execute("SET TRANSACTION READ WRITE")
        with pytest.raises(errors.InsufficientPrivilege):
            readonly.execute("DELETE FROM events")


def test_the_condition_is_evaluated_once_and_uses_an_index(app: psycopg.Connection) -> None:
    _choose(app, A)
    app.execute("SET LOCAL enable_seqscan = off")
    plan = "\n".join(row[0] for row in app.execute("EXPLAIN SELECT * FROM events"))
    assert "InitPlan" in plan
    assert "Index" in plan


@pytest.mark.parametrize(
    "statement",
    [
        "TRUNCATE events",
        "CREATE TABLE event_service.mine (a int)",
        "CREATE TEMP TABLE mine (a int)",
        "CREATE SCHEMA mine",
        "ALTER TABLE events NO FORCE ROW LEVEL SECURITY",
        "SET ROLE event_service_owner",
        "SELECT lo_create(0)",
        "SELECT * FROM databasechangelog",
        "SELECT * FROM media_service.media_files",
        "COPY events FROM STDIN",
        "CREATE FUNCTION event_service.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    ],
)
def test_the_application_may_nothing_else(app: psycopg.Connection, statement: str) -> None:
    with pytest.raises((errors.InsufficientPrivilege, errors.FeatureNotSupported)):
        app.execute(statement.encode())
