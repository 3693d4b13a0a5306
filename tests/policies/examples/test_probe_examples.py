"""Every rule on probes finds its BAD and passes its GOOD on a real server, with the services' own logins."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from policies.evaluate import Verdict, evaluate
from policies.facts.catalog import Catalog
from policies.facts.facts import Facts
from policies.facts.probes import Way
from policies.rule import Rule
from policies.sources.live.access import Access, Endpoint
from policies.sources.live.catalog import read_catalog
from policies.sources.live.probes.run import probe_service
from tests.policies.examples.world import INSTANCE, World, rules_of, shop, verdict
from tests.servers.pooler import pooled

pytestmark = pytest.mark.docker
OF_THE_POOLER = next(rule for rule in rules_of("probes") if rule.id == "probe_wrong_password")
IN_SQL = [rule for rule in rules_of("probes") if rule != OF_THE_POOLER]


@pytest.mark.parametrize(("kind", "expected"), [("bad", Verdict.FAIL), ("good", Verdict.PASS)])
@pytest.mark.parametrize("rule", IN_SQL, ids=lambda rule: rule.id)
def test_probed_on_a_real_server(world: World, pooler: Access, rule: Rule, kind: str, expected: Verdict) -> None:
    with world.copy() as database:
        with world.server.admin(database) as admin:
            admin.execute(getattr(rule, kind).encode())
            catalog = read_catalog(admin, INSTANCE)
        access = through(pooler, database) if rule.id == "probe_pooled_clients" else world.access(database)
        facts = probed_facts(world, access, catalog)
    assert verdict(rule, facts) is expected


@pytest.fixture(scope="module")
def pooler(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Access]:
    authorities = tmp_path_factory.mktemp("pooler") / "authorities.crt"
    with pooled(world.server, authorities) as server:
        way = Endpoint("localhost", server.port)
        yield replace(world.access("aqstream"), authority=authorities, other_ways={(INSTANCE, "pooled"): way})


@pytest.mark.parametrize(("kind", "expected"), [("bad", Verdict.FAIL), ("good", Verdict.PASS)])
def test_a_poolers_own_rules_are_tried(world: World, tmp_path: Path, kind: str, expected: Verdict) -> None:
    _, _, hba = getattr(OF_THE_POOLER, kind).partition("pool_hba.conf: ")
    authorities = tmp_path / "authorities.crt"
    with world.copy() as database, pooled(world.server, authorities, hba) as server:
        with world.server.admin(database) as admin:
            catalog = read_catalog(admin, INSTANCE)
        ways: dict[tuple[str, Way], Endpoint] = {(INSTANCE, "pooled"): Endpoint("localhost", server.port)}
        access = replace(world.access("aqstream"), authority=authorities, other_ways=ways)
        facts = probed_facts(world, through(access, database), catalog)
    assert verdict(OF_THE_POOLER, facts) is expected


def test_a_cursor_that_the_pooler_does_not_close_is_found(world: World, tmp_path: Path) -> None:
    rule = next(rule for rule in IN_SQL if rule.id == "probe_pooled_clients")
    authorities = tmp_path / "authorities.crt"
    with world.copy() as database, pooled(world.server, authorities, reset="RESET ALL") as server:
        with world.server.admin(database) as admin:
            catalog = read_catalog(admin, INSTANCE)
        ways: dict[tuple[str, Way], Endpoint] = {(INSTANCE, "pooled"): Endpoint("localhost", server.port)}
        access = replace(world.access("aqstream"), authority=authorities, other_ways=ways)
        facts = probed_facts(world, through(access, database), catalog)
    assert verdict(rule, facts) is Verdict.FAIL


def through(access: Access, database: str) -> Access:
    """The same ways to another database."""
    ways = {key: replace(way, database=database) for key, way in access.other_ways.items()}
    own = {name: replace(endpoint, database=database) for name, endpoint in access.endpoints.items()}
    return replace(access, endpoints=own, other_ways=ways)


def probed_facts(world: World, access: Access, catalog: Catalog) -> Facts:
    probed = probe_service(access, catalog, shop())
    return Facts("live", world.intent, attempts=probed.attempts, experiments=probed.experiments, unread=probed.unread)


_WAYS: tuple[Way, ...] = ("primary", "pooled")


def test_the_whole_matrix_is_tried_through_a_pooler_too(world: World, pooler: Access) -> None:
    with world.copy() as database:
        with world.server.admin(database) as admin:
            catalog = read_catalog(admin, INSTANCE)
        facts = probed_facts(world, through(pooler, database), catalog)
    of_app = [each for each in facts.attempts if each.role == "shop_app"]
    tried = {path: {(each.table, each.command, each.context) for each in of_app if each.path == path} for path in _WAYS}
    assert tried["pooled"] == tried["primary"] != set()
    found = {each.verdict for each in evaluate(rules_of("probes"), facts) if each.object.endswith("app (pooled)")}
    assert found == {Verdict.PASS}


def test_nothing_is_left_behind(world: World) -> None:
    with world.copy() as database, world.server.admin(database) as admin:
        probe_service(world.access(database), read_catalog(admin, INSTANCE), shop())
        for table in shop().tables:
            ((rows,),) = admin.execute(f"SELECT count(*) FROM shop.{table}".encode()).fetchall()
            assert rows == 0


_TENANTS_NOTE = "INSERT INTO shop.notes (tenant_id, body) SELECT gen_random_uuid(), 'note'; ANALYZE shop.notes;"
_OPEN = "CREATE POLICY ops ON shop.notes FOR SELECT TO shop_app USING (true);"


@pytest.mark.parametrize(
    ("change", "expected"),
    [("", Verdict.NOT_APPLICABLE), (_TENANTS_NOTE, Verdict.PASS), (_TENANTS_NOTE + _OPEN, Verdict.FAIL)],
    ids=["empty", "closed", "open"],
)
def test_reading_alone_judges_tables_that_hold_rows(world: World, change: str, expected: Verdict) -> None:
    with world.copy() as database:
        with world.server.admin(database) as admin:
            admin.execute(change.encode())
            catalog = read_catalog(admin, INSTANCE)
        probed = probe_service(world.access(database), catalog, shop(), read_only=True)
    assert not probed.unread
    found = evaluate(rules_of("probes"), Facts("live", world.intent, attempts=probed.attempts))
    about = {
        each.verdict for each in found if each.rule == "probe_select" and each.object.endswith("notes as shop_app")
    }
    assert about == {expected}


_OF_A_COUNTRY = "ALTER TABLE shop.notes ADD country char(2) NOT NULL DEFAULT 'DE' REFERENCES shop.countries;"
_COUNTRY = "INSERT INTO shop.countries VALUES ('DE', 'Germany');"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("", Verdict.NOT_APPLICABLE),
        (_COUNTRY + _TENANTS_NOTE, Verdict.PASS),
        (_COUNTRY + _TENANTS_NOTE + _OPEN, Verdict.FAIL),
    ],
    ids=["empty", "closed", "open"],
)
def test_a_table_that_a_pooled_login_cannot_fill_is_read(
    world: World, pooler: Access, change: str, expected: Verdict
) -> None:
    with world.copy() as database:
        with world.server.admin(database) as admin:
            admin.execute((_OF_A_COUNTRY + change).encode())
            catalog = read_catalog(admin, INSTANCE)
        facts = probed_facts(world, through(pooler, database), catalog)
    found = evaluate(rules_of("probes"), facts)
    pooled_notes = [each for each in found if each.object.endswith("notes as shop_app (pooled)")]
    assert {each.verdict for each in pooled_notes if each.rule in ("probe_select", "probe_copy")} == {expected}
    assert not [each for each in pooled_notes if each.verdict is Verdict.UNKNOWN]
