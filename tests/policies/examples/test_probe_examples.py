"""Every rule on probes finds its BAD and passes its GOOD on a real server, with the services' own logins."""

import pytest

from policies.evaluate import Verdict
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
