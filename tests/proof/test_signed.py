"""The signed tenant context under the prover: proved as declared, refuted or unknown as soon as somebody bends it."""

from collections.abc import Iterator

import psycopg
import pytest

from infra.model.intent import Intent
from infra.model.tenancy import InstanceTenancy
from policies.proof.obligation import Verdict
from policies.tenant_context import REVIEWED, digest
from tests.proof.test_replay import APP, INSTANCE, OWNER, TABLE, proofs, replayed
from tests.proof.test_replay import intent as plain_intent
from tests.servers.postgres import PostgresServer

pytestmark = pytest.mark.docker

__all__ = ["plain_intent"]
TENANT = "(SELECT tenant_context.current_tenant())"
PLAIN = "(SELECT NULLIF(current_setting('app.tenant_id', true), '')::uuid)"
CLAIMED = "split_part(current_setting('app.tenant_token', true), '.', 2)"
KEYS = "tenant_context.signing_key"

EQUIVALENT = [
    "tenant_id = tenant_context.current_tenant()",
    f"tenant_id IN {TENANT}",
    f"tenant_id::text = {TENANT}::text",
    f"NOT (tenant_id <> {TENANT})",
    f"tenant_id IS NOT DISTINCT FROM {TENANT}",
    f"CASE WHEN {TENANT} IS NULL THEN false ELSE tenant_id = {TENANT} END",
    f"tenant_id = {TENANT} AND status = 'DRAFT'",
    f"tenant_id = {TENANT} AND tenant_id = {PLAIN}",
]
HARMLESS = [
    "SELECT 1",
    f"ALTER POLICY tenant_isolation ON {TABLE} RENAME TO other",
    f"CREATE POLICY narrow ON {TABLE} AS RESTRICTIVE USING (tenant_id = {PLAIN})",
    f"CREATE VIEW event_service.v WITH (security_invoker) AS SELECT * FROM {TABLE};"
    f"GRANT SELECT ON event_service.v TO {APP}",
    f"UPDATE {KEYS} SET not_after = now() + interval '1 hour'",
]
LEAKS = [
    f"ALTER POLICY tenant_isolation ON {TABLE} USING (tenant_id = {PLAIN})",
    f"ALTER POLICY tenant_isolation ON {TABLE} WITH CHECK (tenant_id = {PLAIN})",
    f"ALTER POLICY tenant_isolation ON {TABLE} USING (tenant_id = COALESCE({TENANT}, tenant_id))",
    f"ALTER POLICY tenant_isolation ON {TABLE} USING ({TENANT} IS NULL OR tenant_id = {TENANT})",
    f"ALTER POLICY tenant_isolation ON {TABLE} USING (tenant_id <> {TENANT})",
    f"CREATE POLICY also ON {TABLE} FOR SELECT USING (tenant_id = {PLAIN})",
    f"CREATE VIEW event_service.v AS SELECT title FROM {TABLE}; GRANT SELECT ON event_service.v TO {APP}",
    f"CREATE MATERIALIZED VIEW event_service.m AS SELECT title FROM {TABLE};"
    f"ALTER MATERIALIZED VIEW event_service.m OWNER TO {OWNER}; GRANT SELECT ON event_service.m TO {APP}",
    f"GRANT USAGE ON SCHEMA tenant_context TO {APP}; GRANT SELECT ON {KEYS} TO {APP}",
    f"GRANT USAGE ON SCHEMA tenant_context TO {APP}; GRANT INSERT ON {KEYS} TO {APP}",
    f"GRANT USAGE ON SCHEMA tenant_context TO {APP};"
    f"GRANT EXECUTE ON FUNCTION tenant_context.token_for(uuid, interval) TO {APP}",
    f"GRANT USAGE ON SCHEMA tenant_context TO {APP};"
    "GRANT EXECUTE ON FUNCTION tenant_context.token_for(uuid, interval) TO PUBLIC",
    f"GRANT pg_read_all_data TO {APP}",
    f"GRANT tenant_context_owner TO {APP}",
    f"GRANT {OWNER} TO {APP} WITH INHERIT FALSE",
]
BENT = [
    "ALTER FUNCTION tenant_context.current_tenant() SECURITY INVOKER",
    "ALTER FUNCTION tenant_context.current_tenant() IMMUTABLE",
    "ALTER FUNCTION tenant_context.current_tenant() LEAKPROOF",
    "ALTER FUNCTION tenant_context.current_tenant() RESET search_path",
    "ALTER FUNCTION tenant_context.current_tenant() SET search_path = event_service, pg_catalog",
    f"ALTER FUNCTION tenant_context.current_tenant() OWNER TO {OWNER}",
    f"ALTER FUNCTION tenant_context.token_for(uuid, interval) OWNER TO {OWNER}",
    f"ALTER TABLE {KEYS} OWNER TO {OWNER}",
    f"CREATE TABLE event_service.more () INHERITS ({KEYS})",
    "ALTER ROLE tenant_context_owner LOGIN",
    "GRANT tenant_context_owner TO event_service_readonly WITH INHERIT FALSE, SET FALSE",
    f"GRANT UPDATE (outer_pad) ON {KEYS} TO event_service_readonly",
    "ALTER SCHEMA tenant_context OWNER TO event_service_owner",
    f"ALTER TABLE {KEYS} DROP CONSTRAINT signing_key_secret_check",
    f"ALTER TABLE {KEYS} DROP CONSTRAINT signing_key_end_check;"
    f"ALTER TABLE {KEYS} ADD CONSTRAINT signing_key_end_check CHECK (not_after > '-infinity')",
    "DROP INDEX tenant_context.signing_key_in_use",
]
CHANGED_BODIES = {
    "without the mac": (
        "current_tenant()",
        "SELECT encode(sha256(key.outer_pad",
        "SELECT true OR encode(sha256(key.outer_pad",
    ),
    "without the expiry": ("current_tenant()", "- 1800) <= 1800", "- 1800) >= 0"),
    "without the key's end": ("current_tenant()", " AND key.not_after > clock_timestamp()", ""),
    "with a comment": ("current_tenant()", "BEGIN\n", "BEGIN -- reviewed by nobody\n"),
    "with a key of its own": ("token_for(uuid, interval)", "key.not_after = 'infinity'", "key.not_after IS NOT NULL"),
}


@pytest.fixture(scope="module")
def intent(plain_intent: Intent) -> Intent:
    """Every service on one instance with a signed context, as on the test server."""
    signed = plain_intent.stack.instances[INSTANCE].model_copy(update={"tenancy": InstanceTenancy(context="signed")})
    instances = plain_intent.stack.instances | {INSTANCE: signed}
    return plain_intent.model_copy(update={"stack": plain_intent.stack.model_copy(update={"instances": instances})})


@pytest.fixture
def admin(signed_postgres: PostgresServer) -> Iterator[psycopg.Connection]:
    """A superuser's transaction that is rolled back, with the guard against unprotected tables switched off."""
    with signed_postgres.admin() as connection, connection.transaction(force_rollback=True):
        connection.execute("SET LOCAL search_path = pg_catalog, pg_temp; SET LOCAL event_triggers = off")
        yield connection


@pytest.mark.parametrize("change", HARMLESS)
def test_what_keeps_tenants_apart_is_proved(admin: psycopg.Connection, intent: Intent, change: str) -> None:
    _, found = proofs(admin, intent, change)
    assert [each.summary for each in found] == []


@pytest.mark.parametrize("text", EQUIVALENT)
def test_another_spelling_of_the_policy_is_no_false_alarm(admin: psycopg.Connection, intent: Intent, text: str) -> None:
    _, found = proofs(admin, intent, f"ALTER POLICY tenant_isolation ON {TABLE} USING ({text})")
    assert [each.summary for each in found] == []


@pytest.mark.parametrize("change", LEAKS)
def test_a_leak_is_refuted_and_shows_on_the_server(admin: psycopg.Connection, intent: Intent, change: str) -> None:
    catalog, found = proofs(admin, intent, change)
    leaks = [each.witness for each in found if each.verdict is Verdict.COUNTEREXAMPLE and each.witness]
    assert leaks
    for witness in leaks[:4]:
        shown = replayed(admin, catalog, intent, witness)
        assert shown.confirmed, "\n".join((shown.outcome, *shown.script))


@pytest.mark.parametrize("change", BENT)
def test_a_context_that_somebody_bent_proves_nothing(admin: psycopg.Connection, intent: Intent, change: str) -> None:
    _, found = proofs(admin, intent, change)
    assert {each.verdict for each in found} <= {Verdict.UNKNOWN, Verdict.COUNTEREXAMPLE}
    assert f"{APP} SELECT {TABLE}" in {f"{each.role} {each.command} {each.table}" for each in found}


@pytest.mark.parametrize("name", CHANGED_BODIES)
def test_a_function_whose_body_changed_proves_nothing(admin: psycopg.Connection, intent: Intent, name: str) -> None:
    signature, old, new = CHANGED_BODIES[name]
    function = f"tenant_context.{signature}"
    ((definition,),) = admin.execute("SELECT pg_get_functiondef(%s::regprocedure)", [function]).fetchall()
    assert old in definition
    _, found = proofs(admin, intent, definition.replace(old, new, 1))
    assert {each.verdict for each in found} == {Verdict.UNKNOWN}
    assert any("is not the one that was reviewed" in each.construct for each in found)


def test_a_policy_that_believes_an_unchecked_token_is_not_proved(admin: psycopg.Connection, intent: Intent) -> None:
    _, found = proofs(admin, intent, f"ALTER POLICY tenant_isolation ON {TABLE} USING (tenant_id::text = {CLAIMED})")
    assert f"{APP} SELECT {TABLE}" in {f"{each.role} {each.command} {each.table}" for each in found}


def test_a_signed_instance_with_plain_policies_is_refuted(postgres: PostgresServer, intent: Intent) -> None:
    with postgres.admin() as connection, connection.transaction(force_rollback=True):
        _, found = proofs(connection, intent, "SELECT 1")
    assert Verdict.COUNTEREXAMPLE in {each.verdict for each in found if each.table == TABLE}


def test_the_reviewed_bodies_are_those_of_the_server(admin: psycopg.Connection) -> None:
    rows = admin.execute(
        "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'tenant_context'::regnamespace"
    ).fetchall()
    assert {name: digest(source) for name, source in rows} == {known.name[1]: known.body for known in REVIEWED}
