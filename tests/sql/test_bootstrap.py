"""What the bootstrap leaves: roles that may what is declared, and nothing for everybody else."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg import errors

from infra.model.errors import ConfigurationError, ResourceError
from infra.model.service import Service
from sql.bootstrap import bootstrap
from sql.render import render_bootstrap
from sql.roles import instance_logins, instance_roles
from sql.scram import scram_verifier
from tests.servers.postgres import PostgresServer, running_postgres

pytestmark = pytest.mark.docker

PUBLIC_GRANTS = """
SELECT 'table ' || c.oid::regclass FROM pg_class AS c, aclexplode(c.relacl) AS a
  WHERE a.grantee = 0 AND c.relnamespace::regnamespace::text ~ '_service$|^guard$'
UNION ALL SELECT 'function ' || p.oid::regprocedure FROM pg_proc AS p,
    aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a
  WHERE a.grantee = 0 AND p.pronamespace::regnamespace::text ~ '_service$|^guard$'
UNION ALL SELECT 'schema ' || n.nspname FROM pg_namespace AS n,
    aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) AS a
  WHERE a.grantee = 0 AND n.nspname !~ '^pg_|^information_schema$|timescaledb'
UNION ALL SELECT 'database ' || d.datname FROM pg_database AS d,
    aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) AS a
  WHERE a.grantee = 0 AND d.datname IN ('aqstream', 'postgres', 'template1')
"""


@pytest.fixture(scope="module")
def admin(postgres: PostgresServer) -> Iterator[psycopg.Connection]:
    with postgres.admin() as connection:
        yield connection


def test_the_roles_are_those_declared_and_none_is_powerful(
    admin: psycopg.Connection, services: dict[str, Service]
) -> None:
    found = admin.execute(
        "SELECT rolname, rolcanlogin, rolconnlimit, rolsuper OR rolbypassrls OR rolreplication OR rolcreaterole"
        " OR rolcreatedb FROM pg_roles WHERE rolname !~ '^pg_' AND rolname <> 'postgres'"
    ).fetchall()
    declared = instance_roles(services.values())
    assert sorted(found) == sorted((role.name, role.may_log_in, role.connection_limit, False) for role in declared)


def test_memberships_can_be_taken_on_but_are_not_inherited(
    admin: psycopg.Connection, services: dict[str, Service]
) -> None:
    found = admin.execute(
        "SELECT member::regrole::text, roleid::regrole::text, inherit_option, set_option, admin_option"
        " FROM pg_auth_members WHERE roleid::regrole::text !~ '^pg_'"
    ).fetchall()
    assert sorted(found) == sorted(
        (service.migrator, role, False, True, False)
        for service in services.values()
        for role in (service.owner, service.app, service.readonly)
    )


def test_every_login_has_its_timeouts_and_a_search_path_that_ends_with_pg_temp(
    postgres: PostgresServer, services: dict[str, Service]
) -> None:
    for service in services.values():
        for login in service.logins:
            with postgres.session(login) as connection:
                settings: dict[str, str] = dict(
                    connection.execute(
                        "SELECT name, setting FROM pg_settings WHERE name IN ('search_path', 'statement_timeout',"
                        " 'lock_timeout', 'idle_in_transaction_session_timeout')"
                    ).fetchall()
                )
            assert settings["search_path"] == f"{service.schema_name}, extensions, pg_temp"
            assert all(int(settings[name]) > 0 for name in settings if name != "search_path")


def test_nothing_is_granted_to_everybody(admin: psycopg.Connection) -> None:
    assert admin.execute(PUBLIC_GRANTS.encode()).fetchall() == []


def test_a_new_function_is_not_everybodys(postgres: PostgresServer) -> None:
    with postgres.fresh() as database, postgres.session("event_service_migrator", database) as migrator:
        migrator.execute("CREATE FUNCTION event_service.one() RETURNS int LANGUAGE sql AS 'SELECT 1'")
        with postgres.session("event_service_app", database) as app, pytest.raises(errors.InsufficientPrivilege):
            app.execute("SELECT event_service.one()")


def test_the_verifier_reads_the_catalog_but_no_table(postgres: PostgresServer) -> None:
    with postgres.session("verifier") as verifier:
        for query in (
            "SELECT * FROM pg_hba_file_rules",
            "SELECT * FROM pg_file_settings",
            "SELECT setting FROM pg_settings WHERE name = 'hba_file' AND setting IS NOT NULL",
            "SELECT * FROM event_service.databasechangelog",
        ):
            assert verifier.execute(query.encode()).fetchone() is not None
        with pytest.raises(errors.InsufficientPrivilege):
            verifier.execute("SELECT * FROM event_service.events")
        with pytest.raises(errors.ReadOnlySqlTransaction):
            verifier.execute("DELETE FROM event_service.databasechangelog")


def test_the_backup_role_can_back_up_but_not_read(postgres: PostgresServer) -> None:
    with postgres.session("backup", "postgres") as backup:
        backup.execute("SELECT pg_backup_start('test', true)")
        backup.execute("SELECT pg_backup_stop(false)")
        backup.execute("CHECKPOINT")
    with postgres.session("backup") as backup, pytest.raises(errors.InsufficientPrivilege):
        backup.execute("SELECT * FROM event_service.events")


@pytest.mark.parametrize("database", ["postgres", "template1"])
def test_a_service_comes_into_no_other_database(postgres: PostgresServer, database: str) -> None:
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        postgres.session("event_service_app", database)


def test_it_can_be_run_again_and_mends_what_was_changed(postgres: PostgresServer, services: dict[str, Service]) -> None:
    verifiers = {role: scram_verifier(postgres.passwords[role]) for role in instance_logins(services.values())}
    with postgres.admin() as admin:
        admin.execute("ALTER ROLE event_service_app BYPASSRLS")
        admin.execute("ALTER ROLE event_service_app SET app.tenant_id = 'x'")
        admin.execute("GRANT CREATE ON SCHEMA event_service TO PUBLIC")
        bootstrap(postgres.admin, postgres.instance, "test", services.values(), verifiers)
        row = admin.execute(
            "SELECT rolbypassrls, 'app.tenant_id=x' = ANY(rolconfig) FROM pg_roles WHERE rolname = 'event_service_app'"
        )
        assert row.fetchone() == (False, False)
        assert admin.execute(PUBLIC_GRANTS.encode()).fetchall() == []


def test_a_login_without_a_verifier_is_named(postgres: PostgresServer, services: dict[str, Service]) -> None:
    with pytest.raises(ConfigurationError, match=r"test: no SCRAM verifier for .*event_service_app"):
        bootstrap(postgres.admin, postgres.instance, "test", services.values(), {})


def test_what_the_server_refuses_is_said_with_the_instance(
    postgres: PostgresServer, services: dict[str, Service]
) -> None:
    broken = postgres.instance.model_copy(update={"extensions": ("no_such_extension",)})
    verifiers = {role: scram_verifier(postgres.passwords[role]) for role in instance_logins(services.values())}
    with pytest.raises(ResourceError, match='test: bootstrap failed: extension "no_such_extension" is not available'):
        bootstrap(postgres.admin, broken, "test", services.values(), verifiers)


def test_neither_passwords_nor_verifiers_come_into_the_servers_log(services: dict[str, Service]) -> None:
    logging = {"log_statement": "all", "log_min_duration_statement": "0", "pgaudit.log": "all"}
    payment = {"payment_service": services["payment_service"]}
    with running_postgres(payment, settings_over=logging, audit=True) as server:
        server.prepare()
        log = server.server.container.logs().decode()
    assert "ALTER ROLE" in log
    assert "SCRAM-SHA-256$" not in log
    assert not [role for role, password in server.passwords.items() if password in log]


def test_the_statements_are_the_same_for_the_services_in_any_order(
    postgres: PostgresServer, services: dict[str, Service]
) -> None:
    forward, backward = list(services.values()), list(services.values())[::-1]
    render = [render_bootstrap(postgres.instance, "test", order) for order in (forward, backward)]
    assert render[0] == render[1]
