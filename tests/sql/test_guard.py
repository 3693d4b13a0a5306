"""The guard: no table without forced row-level security comes into a service's schema."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg import errors

from tests.servers.postgres import PostgresServer

pytestmark = pytest.mark.docker

SECURE = "ALTER TABLE later ENABLE ROW LEVEL SECURITY; ALTER TABLE later FORCE ROW LEVEL SECURITY"


@pytest.fixture(scope="module")
def database(postgres: PostgresServer) -> Iterator[str]:
    with postgres.fresh() as name:
        yield name


@pytest.fixture
def migrator(postgres: PostgresServer, database: str) -> Iterator[psycopg.Connection]:
    with postgres.session("event_service_migrator", database, autocommit=False) as connection:
        yield connection
        connection.rollback()


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE later (tenant_id uuid)",
        "CREATE TABLE later AS SELECT 1 AS a",
        "SELECT 1 AS a INTO later",
        "CREATE TABLE later (tenant_id uuid); ALTER TABLE later ENABLE ROW LEVEL SECURITY",
        "CREATE TABLE later (LIKE events)",
        "CREATE TABLE later (tenant_id uuid) PARTITION BY LIST (tenant_id)",
    ],
)
def test_a_new_table_without_forced_row_security_is_refused_at_commit(
    migrator: psycopg.Connection, statement: str
) -> None:
    migrator.execute(statement.encode())
    with pytest.raises(errors.ObjectNotInPrerequisiteState, match=r"event_service\.later") as refused:
        migrator.commit()
    assert "infra/services/event_service.yaml" in str(refused.value.diag.message_hint)


def test_a_table_that_is_secured_in_its_transaction_is_taken(migrator: psycopg.Connection) -> None:
    migrator.execute("CREATE TABLE later (tenant_id uuid)")
    migrator.execute(SECURE.encode())
    migrator.commit()
    migrator.execute("DROP TABLE later")
    migrator.commit()


def test_a_table_made_and_dropped_again_is_nobodys_affair(migrator: psycopg.Connection) -> None:
    migrator.execute("CREATE TABLE later (a int); DROP TABLE later")
    migrator.commit()


@pytest.mark.parametrize("change", ["DISABLE ROW LEVEL SECURITY", "NO FORCE ROW LEVEL SECURITY"])
def test_the_owner_cannot_switch_row_security_off(migrator: psycopg.Connection, change: str) -> None:
    migrator.execute(f"ALTER TABLE events {change}".encode())
    with pytest.raises(errors.ObjectNotInPrerequisiteState):
        migrator.commit()


def test_a_table_declared_global_and_liquibases_own_pass(postgres: PostgresServer, database: str) -> None:
    with postgres.session("user_service_migrator", database) as migrator:
        migrator.execute("ALTER TABLE users ADD COLUMN note text")
        migrator.execute("ALTER TABLE databasechangelog ADD COLUMN note text")


def test_a_superuser_is_refused_a_table_but_may_alter_one(postgres: PostgresServer, database: str) -> None:
    with postgres.admin(database) as admin:
        with pytest.raises(errors.ObjectNotInPrerequisiteState):
            admin.execute("CREATE TABLE event_service.later (a int)")
        admin.execute("ALTER TABLE event_service.events NO FORCE ROW LEVEL SECURITY")
        admin.execute("ALTER TABLE event_service.events FORCE ROW LEVEL SECURITY")


def test_nobody_can_reach_the_guard_itself(migrator: psycopg.Connection) -> None:
    with pytest.raises(errors.InsufficientPrivilege):
        migrator.execute("DELETE FROM guard.changed_table")
