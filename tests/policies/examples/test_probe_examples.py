"""Every rule on probes finds its BAD and passes its GOOD on a real server, with the services' own logins."""

import pytest

from policies.evaluate import Verdict, evaluate
from policies.facts.facts import Facts
from policies.rule import Rule
from policies.sources.live.catalog import read_catalog
from policies.sources.live.probes.run import probe_service
from tests.policies.examples.world import INSTANCE, World, rules_of, shop, verdict

pytestmark = pytest.mark.docker


@pytest.mark.parametrize(("kind", "expected"), [("bad", Verdict.FAIL), ("good", Verdict.PASS)])
@pytest.mark.parametrize("rule", rules_of("probes"), ids=lambda rule: rule.id)
def test_probed_on_a_real_server(world: World, rule: Rule, kind: str, expected: Verdict) -> None:
    with world.copy() as database:
        with world.server.admin(database) as admin:
            admin.execute(getattr(rule, kind).encode())
            catalog = read_catalog(admin, INSTANCE)
        probed = probe_service(world.access(database), catalog, shop())
    facts = Facts(
        "live",
        world.intent,
        attempts=probed.attempts,
        experiments=probed.experiments,
        unread=probed.unread,
    )
    assert verdict(rule, facts) is expected


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
