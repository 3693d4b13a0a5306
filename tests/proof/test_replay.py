"""Misconfigurations of the real schema: the prover refutes them, and each counterexample shows on the server."""

from collections.abc import Iterator

import psycopg
import pytest

from infra.model.intent import Intent
from infra.model.loading import load_intent
from policies.facts.catalog import Catalog
from policies.proof.obligation import Obligation, Verdict
from policies.proof.prove import prove
from policies.proof.replay import Replay, replay
from policies.sources.live.catalog import read_catalog
from tests.servers.postgres import PostgresServer

pytestmark = pytest.mark.docker

INSTANCE = "postgres-shared"
TABLE, APP, OWNER = "event_service.events", "event_service_app", "event_service_owner"
CONTEXT = "(SELECT NULLIF(current_setting('app.tenant_id', true), '')::uuid)"

LEAKS = [
    f"CREATE POLICY ops ON {TABLE} FOR SELECT TO {APP} USING (true)",
    f"ALTER POLICY tenant_isolation ON {TABLE} WITH CHECK (true)",
    f"ALTER TABLE {TABLE} DISABLE ROW LEVEL SECURITY",
    f"ALTER TABLE {TABLE} OWNER TO {APP}",
    f"ALTER ROLE {APP} BYPASSRLS",
    f"GRANT {OWNER} TO {APP} WITH INHERIT FALSE",
    f"GRANT {OWNER} TO {APP} WITH INHERIT FALSE, SET FALSE, ADMIN TRUE",
    f"GRANT TRUNCATE ON event_service.check_ins TO {APP}",
    f"GRANT TRIGGER ON {TABLE} TO {APP}",
    f"GRANT REFERENCES ON {TABLE} TO {APP}; GRANT CREATE ON SCHEMA event_service TO {APP}",
    f"CREATE VIEW event_service.v AS SELECT title FROM {TABLE}; GRANT SELECT ON event_service.v TO {APP}",
    f"CREATE VIEW event_service.v AS SELECT count(*) FROM {TABLE}; GRANT SELECT ON event_service.v TO {APP}",
    f"CREATE VIEW event_service.a AS SELECT id, title FROM {TABLE};"
    "CREATE VIEW event_service.v AS SELECT title FROM event_service.a WHERE title <> '';"
    f"GRANT SELECT ON event_service.v TO {APP}",
    f"CREATE MATERIALIZED VIEW event_service.m AS SELECT title FROM {TABLE};"
    f"ALTER MATERIALIZED VIEW event_service.m OWNER TO {OWNER}; GRANT SELECT ON event_service.m TO {APP}",
    f"CREATE TABLE event_service.child () INHERITS ({TABLE}); GRANT SELECT ON event_service.child TO {APP}",
    f"ALTER TABLE {TABLE} ALTER tenant_id DROP NOT NULL; CREATE POLICY x ON {TABLE} USING (tenant_id IS NULL)",
    f"CREATE POLICY d ON {TABLE} FOR DELETE USING (status = 'DRAFT')",
    f"CREATE POLICY u ON {TABLE} FOR UPDATE USING (status = 'DRAFT') WITH CHECK (true)",
    f"CREATE POLICY o ON {TABLE} FOR SELECT USING (tenant_id = current_setting('app.other', true)::uuid)",
    f"ALTER ROLE {APP} SET app.tenant_id = 'cccccccc-cccc-4ccc-8ccc-cccccccccccc'",
    f"GRANT SELECT ON user_service.organization_members TO {APP};"
    "DROP POLICY tenant_isolation ON user_service.organization_members;"
    "CREATE POLICY open ON user_service.organization_members USING (true);"
    f"CREATE POLICY m ON {TABLE} FOR SELECT USING (EXISTS (SELECT 1 FROM user_service.organization_members AS m"
    " WHERE m.organization_id = events.tenant_id AND m.user_id::text = current_setting('app.user_id', true)))",
]

HARMLESS = [
    "SELECT 1",
    f"ALTER TABLE {TABLE} NO FORCE ROW LEVEL SECURITY",
    f"ALTER POLICY tenant_isolation ON {TABLE} RENAME TO other",
    f"DROP POLICY tenant_isolation ON {TABLE}",
    f"CREATE POLICY narrow ON {TABLE} AS RESTRICTIVE USING (status <> 'CANCELLED')",
    f"ALTER POLICY tenant_isolation ON {TABLE} USING (tenant_id::text = lower(current_setting('app.tenant_id', true)))",
    f"CREATE VIEW event_service.v WITH (security_invoker) AS SELECT * FROM {TABLE};"
    f"GRANT SELECT ON event_service.v TO {APP}",
    f"CREATE VIEW event_service.v WITH (security_barrier) AS SELECT title FROM {TABLE} WHERE tenant_id = {CONTEXT};"
    f"GRANT SELECT ON event_service.v TO {APP}",
    f"GRANT INSERT ON {TABLE} TO event_service_readonly",
    f"GRANT pg_read_all_data TO {APP}",
]

UNPROVABLE = [
    f"CREATE VIEW event_service.v AS SELECT title FROM {TABLE} WHERE tenant_id = {CONTEXT};"
    f"GRANT SELECT ON event_service.v TO {APP}",
    f"CREATE FUNCTION event_service.f() RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER"
    f" AS 'BEGIN RETURN (SELECT count(*) FROM {TABLE}); END'",
    f"CREATE RULE r AS ON INSERT TO {TABLE} DO ALSO SELECT 1",
    f"ALTER ROLE {APP} REPLICATION",
    f"GRANT TRUNCATE ON {TABLE} TO {APP}",
    f"CREATE POLICY x ON {TABLE} AS RESTRICTIVE USING (title ~ 'x')",
]


@pytest.fixture(scope="module")
def intent() -> Intent:
    """Every service on one instance, as on the test server."""
    found = load_intent("dev")
    services = {name: each.model_copy(update={"instance": INSTANCE}) for name, each in found.services.items()}
    return found.model_copy(update={"services": services})


@pytest.fixture
def admin(postgres: PostgresServer) -> Iterator[psycopg.Connection]:
    """A superuser's transaction that is rolled back, with the guard against unprotected tables switched off."""
    with postgres.admin() as connection, connection.transaction(force_rollback=True):
        connection.execute("SET LOCAL search_path = pg_catalog, pg_temp; SET LOCAL event_triggers = off")
        yield connection


def proofs(admin: psycopg.Connection, intent: Intent, change: str) -> tuple[Catalog, list[Obligation]]:
    """The catalog after the change, and everything about it that is not proved."""
    admin.execute(change.encode())
    catalog = read_catalog(admin, INSTANCE)
    return catalog, [each for each in prove(catalog, intent) if each.verdict not in (Verdict.PROVED, Verdict.TRUSTED)]


@pytest.mark.parametrize("change", LEAKS)
def test_a_leak_is_refuted_and_shows_on_the_server(admin: psycopg.Connection, intent: Intent, change: str) -> None:
    catalog, found = proofs(admin, intent, change)
    leaks = [each.witness for each in found if each.verdict is Verdict.COUNTEREXAMPLE and each.witness]
    assert leaks
    for witness in leaks[:4]:
        shown = replayed(admin, catalog, intent, witness)
        assert shown.confirmed, "\n".join((shown.outcome, *shown.script))


def replayed(admin: psycopg.Connection, catalog: Catalog, intent: Intent, witness: object) -> Replay:
    samples = {
        (service.schema_name, name): table.sample
        for service in intent.services.values()
        for name, table in service.tables.items()
    }
    return replay(admin, catalog, witness, samples)  # type: ignore[arg-type]


@pytest.mark.parametrize("change", HARMLESS)
def test_what_keeps_tenants_apart_is_proved(admin: psycopg.Connection, intent: Intent, change: str) -> None:
    _, found = proofs(admin, intent, change)
    assert [each.summary for each in found] == []


@pytest.mark.parametrize("change", UNPROVABLE)
def test_what_has_no_model_is_unknown(admin: psycopg.Connection, intent: Intent, change: str) -> None:
    _, found = proofs(admin, intent, change)
    assert {each.verdict for each in found} == {Verdict.UNKNOWN}
    assert all(each.construct for each in found)


@pytest.mark.parametrize(
    ("change", "oracle"),
    [
        (f"CREATE UNIQUE INDEX u ON {TABLE} (title)", "unique key u lacks tenant_id"),
        (
            "ALTER TABLE event_service.check_ins ADD CONSTRAINT loose"
            " FOREIGN KEY (registration_id) REFERENCES event_service.registrations (id)",
            "foreign key loose reaches event_service.registrations without the tenant key",
        ),
    ],
)
def test_a_key_that_answers_across_tenants_is_found(
    admin: psycopg.Connection, intent: Intent, change: str, oracle: str
) -> None:
    _, found = proofs(admin, intent, change)
    assert {(each.command, each.construct) for each in found} == {("KEY", f"existence oracle: {oracle}")}


@pytest.mark.parametrize(
    "change",
    [
        f"CREATE UNIQUE INDEX u ON {TABLE} (title)",
        f"ALTER TABLE {TABLE} ADD CONSTRAINT u UNIQUE (organizer_id, title)",
        "ALTER TABLE event_service.check_ins DROP CONSTRAINT check_ins_registration_fkey,"
        " ADD CONSTRAINT loose FOREIGN KEY (registration_id) REFERENCES event_service.registrations (id)",
    ],
)
def test_a_key_that_answers_is_asked_on_the_server(admin: psycopg.Connection, intent: Intent, change: str) -> None:
    catalog, found = proofs(admin, intent, change)
    witnesses = [each.witness for each in found if each.command == "KEY" and each.role == APP]
    assert witnesses
    for witness in witnesses:
        shown = replayed(admin, catalog, intent, witness)
        assert shown.confirmed, "\n".join((shown.outcome, *shown.script))


def test_a_replay_leaves_nothing_behind(admin: psycopg.Connection, intent: Intent) -> None:
    catalog, found = proofs(admin, intent, f"ALTER TABLE {TABLE} DISABLE ROW LEVEL SECURITY")
    for each in found:
        if each.witness is not None:
            replayed(admin, catalog, intent, each.witness)
    assert admin.execute(f"SELECT count(*) FROM {TABLE}").fetchone() == (0,)
    assert admin.execute("SELECT session_user, current_setting('role')").fetchone() == ("postgres", "none")
