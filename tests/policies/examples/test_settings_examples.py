"""Every rule on settings and pg_hba finds its BAD and passes its GOOD, as a file and on a real server alike."""

import time
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql

from policies.evaluate import Verdict
from policies.facts.catalog import Catalog
from policies.facts.facts import Facts
from policies.facts.server import Setting
from policies.rule import Rule
from policies.sources.live.catalog import read_catalog
from policies.sources.plan.configuration import defaults, hba_rules, settings
from tests.policies.examples.world import INSTANCE, RULES, example_intent, rules_of, shop, verdict
from tests.servers.postgres import PostgresServer, running_postgres

# Each of these needs another cluster or a restart; tests/policies/backup judges what archives.
NOT_HERE = ("data_checksums_are_on", "backup_archives_wal")
SETTINGS = [rule for rule in rules_of("settings") if rule.id not in NOT_HERE]
ALTERED = next(rule for rule in RULES if rule.id == "settings_come_from_the_program")
HBA = rules_of("hba")
KINDS = pytest.mark.parametrize(("kind", "expected"), [("bad", Verdict.FAIL), ("good", Verdict.PASS)])
_LISTS = ("shared_preload_libraries", "session_preload_libraries", "local_preload_libraries")
_SECONDS = 5.0


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    """An audited server whose files the examples change."""
    with running_postgres({"shop": shop()}, audit=True) as running:
        yield running


@KINDS
@pytest.mark.parametrize("rule", [rule for rule in SETTINGS if "plan" in rule.planes], ids=lambda rule: rule.id)
def test_settings_as_a_file(rule: Rule, kind: str, expected: Verdict) -> None:
    catalog = Catalog(INSTANCE, "aqstream", settings=(*defaults(), *settings(getattr(rule, kind))))
    assert verdict(rule, Facts("plan", example_intent(audit=True), catalogs={INSTANCE: catalog})) is expected


@pytest.mark.docker
@KINDS
@pytest.mark.parametrize("rule", [*SETTINGS, ALTERED], ids=lambda rule: rule.id)
def test_settings_on_a_real_server(server: PostgresServer, rule: Rule, kind: str, expected: Verdict) -> None:
    with server.admin("postgres") as admin:
        try:
            wanted = {setting.name: setting.value for setting in settings(getattr(rule, kind))}
            for name, value in wanted.items():
                admin.execute(_alter(name, value))
            catalog = _reloaded(server, admin, set(wanted))
        finally:
            admin.execute("ALTER SYSTEM RESET ALL")
            _reloaded(server, admin, set())
    assert verdict(rule, Facts("live", example_intent(audit=True), catalogs={INSTANCE: catalog})) is expected


def _alter(name: str, value: str) -> sql.Composed:
    parts = [part.strip() for part in value.split(",")] if name in _LISTS else [value]
    values = sql.SQL(", ").join(map(sql.Literal, parts))
    return sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(*name.split(".")), values)


def _reloaded(server: PostgresServer, admin: psycopg.Connection, altered: set[str]) -> Catalog:
    """The catalog as a new session sees it once the server has read its files again."""
    admin.execute("SELECT pg_reload_conf()")
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline:
        catalog = _as_a_new_session(server, admin)
        if {setting.name for setting in catalog.settings if _is_read(setting)} == altered:
            return catalog
        time.sleep(0.05)
    raise AssertionError(f"{altered} did not arrive")


def _as_a_new_session(server: PostgresServer, admin: psycopg.Connection) -> Catalog:
    try:
        with server.admin("postgres") as fresh:
            return read_catalog(fresh, INSTANCE)
    except psycopg.OperationalError:  # while TLS is off, nobody new comes in
        return read_catalog(admin, INSTANCE)


def _is_read(setting: Setting) -> bool:
    waits_for_reload = setting.pending_value is not None and not setting.pending_restart
    return setting.is_from_alter_system and not waits_for_reload


@KINDS
@pytest.mark.parametrize("rule", [rule for rule in HBA if "plan" in rule.planes], ids=lambda rule: rule.id)
def test_hba_as_a_file(rule: Rule, kind: str, expected: Verdict) -> None:
    catalog = Catalog(INSTANCE, "aqstream", hba_rules=hba_rules(getattr(rule, kind)))
    assert verdict(rule, Facts("plan", example_intent(audit=True), catalogs={INSTANCE: catalog})) is expected


@pytest.mark.docker
@KINDS
@pytest.mark.parametrize("rule", HBA, ids=lambda rule: rule.id)
def test_hba_on_a_real_server(server: PostgresServer, rule: Rule, kind: str, expected: Verdict) -> None:
    with server.admin("postgres") as admin:
        ((before,),) = admin.execute("SELECT pg_read_file(current_setting('hba_file'))").fetchall()
        server.server.write({"pg_hba.conf": f"{getattr(rule, kind)}\n"})
        catalog = read_catalog(admin, INSTANCE)
        server.server.write({"pg_hba.conf": before})
    assert verdict(rule, Facts("live", example_intent(audit=True), catalogs={INSTANCE: catalog})) is expected
