"""Chunks of a real hypertable, asked directly: row security does not reach them, and that is found and shown."""

from collections.abc import Iterator

import psycopg
import pytest

from infra.model.intent import Intent
from infra.model.table import Table
from policies.evaluate import Verdict as Judged
from policies.evaluate import evaluate
from policies.facts.catalog import Catalog
from policies.facts.facts import Facts
from policies.proof.obligation import Verdict
from policies.proof.prove import prove
from policies.proof.replay import replay
from policies.rule import load_rules
from policies.sources.live.catalog import read_catalog
from tests.proof.test_replay import APP, CONTEXT, INSTANCE, OWNER, intent
from tests.servers.postgres import PostgresServer

__all__ = ["intent"]
pytestmark = pytest.mark.docker
READINGS = "event_service.readings"
OWN, OTHER = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa", "bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb"
HYPERTABLE = f"""
CREATE TABLE {READINGS} (tenant_id uuid NOT NULL, at timestamptz NOT NULL, value integer);
ALTER TABLE {READINGS} OWNER TO {OWNER};
ALTER TABLE {READINGS} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON {READINGS} USING (tenant_id = {CONTEXT}) WITH CHECK (tenant_id = {CONTEXT});
GRANT SELECT ON {READINGS} TO {APP};
SELECT extensions.create_hypertable('{READINGS}', 'at');
INSERT INTO {READINGS} VALUES ('{OWN}', '2026-01-01', 1), ('{OTHER}', '2026-01-02', 2), ('{OTHER}', '2026-06-01', 3);
"""


@pytest.fixture
def hypertable(postgres: PostgresServer) -> Iterator[psycopg.Connection]:
    """A hypertable of two chunks with forced row security, in a transaction of the superuser that is rolled back."""
    with postgres.admin() as admin, admin.transaction(force_rollback=True):
        admin.execute("SET LOCAL search_path = pg_catalog, pg_temp; SET LOCAL event_triggers = off")
        admin.execute(HYPERTABLE.encode())
        yield admin


def chunks(catalog: Catalog) -> list[str]:
    """Its chunks' names."""
    return [each.qualified_name for each in catalog.relations if ("event_service", "readings") in each.parents]


def declaring(intent: Intent, readings: Table) -> Intent:
    """The intent with the hypertable as one of its service's tables."""
    service = intent.services["event_service"]
    changed = service.model_copy(update={"tables": {**service.tables, "readings": readings}})
    return intent.model_copy(update={"services": {**intent.services, "event_service": changed}})


def seen_directly(admin: psycopg.Connection, chunk: str) -> int:
    """How many rows the application sees in a chunk, as the first tenant."""
    admin.execute(f"SET LOCAL SESSION AUTHORIZATION {APP}; SET LOCAL app.tenant_id = '{OWN}'".encode())
    seen = admin.execute(f"SELECT FROM {chunk}".encode()).fetchall()
    admin.execute("RESET SESSION AUTHORIZATION")
    return len(seen)


def test_a_chunk_shows_every_tenants_rows_and_is_a_counterexample(
    hypertable: psycopg.Connection, intent: Intent
) -> None:
    catalog = read_catalog(hypertable, INSTANCE)
    found = chunks(catalog)
    assert len(found) == 2
    assert sorted(seen_directly(hypertable, chunk) for chunk in found) == [1, 2]
    leaks = [
        each for each in prove(catalog, intent) if (each.role, each.table, each.command) == (APP, READINGS, "SELECT")
    ]
    (leak,) = leaks
    assert leak.verdict is Verdict.COUNTEREXAMPLE
    assert leak.path in found
    assert leak.witness is not None
    assert replay(hypertable, catalog, leak.witness, {}).confirmed


def test_the_rules_name_the_table_and_its_chunks(hypertable: psycopg.Connection, intent: Intent) -> None:
    catalog = read_catalog(hypertable, INSTANCE)
    declared = declaring(intent, intent.services["event_service"].tables["events"])
    facts = Facts("live", declared, catalogs={INSTANCE: catalog})
    rules = [rule for rule in load_rules() if rule.id in ("children_closed_to_logins", "tenant_table_is_no_hypertable")]
    failed = [each for each in evaluate(rules, facts) if each.verdict is Judged.FAIL]
    assert {(each.rule, each.object) for each in failed} == {(rule.id, f"{INSTANCE}/{READINGS}") for rule in rules}
    named = " ".join(each.message for each in failed)
    assert all(f"{chunk} grants SELECT to {APP}" in named for chunk in chunks(catalog))


def test_a_chunk_of_a_global_table_grants_nobody_what_the_table_does_not(
    hypertable: psycopg.Connection, intent: Intent
) -> None:
    rule = next(rule for rule in load_rules() if rule.id == "children_closed_to_logins")
    kept = "metrics are of the whole platform"
    declared = declaring(intent, Table.model_validate({"tenancy": "global", "reason": kept}))
    before = evaluate([rule], Facts("live", declared, catalogs={INSTANCE: read_catalog(hypertable, INSTANCE)}))
    chunk, _ = chunks(read_catalog(hypertable, INSTANCE))
    hypertable.execute(f"GRANT SELECT ON {chunk} TO verifier".encode())
    after = evaluate([rule], Facts("live", declared, catalogs={INSTANCE: read_catalog(hypertable, INSTANCE)}))
    assert [each.message for each in before if each.verdict is Judged.FAIL] == []
    assert [each.message for each in after if each.verdict is Judged.FAIL] == [f"{chunk} grants SELECT to verifier"]


def test_chunks_that_nobody_may_read_are_proved(hypertable: psycopg.Connection, intent: Intent) -> None:
    hypertable.execute("REVOKE USAGE ON SCHEMA _timescaledb_internal FROM PUBLIC")
    for chunk in chunks(read_catalog(hypertable, INSTANCE)):
        hypertable.execute(f"REVOKE ALL ON {chunk} FROM {APP}".encode())
    catalog = read_catalog(hypertable, INSTANCE)
    verdicts = {each.verdict for each in prove(catalog, intent) if (each.role, each.table) == (APP, READINGS)}
    assert verdicts == {Verdict.PROVED}
