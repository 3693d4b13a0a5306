"""Rules on states that no statement makes: a version, a replica, a failing archiver, an edited changelog."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from policies.evaluate import Verdict
from policies.facts.catalog import Catalog
from policies.facts.changesets import Changeset
from policies.facts.facts import Facts
from policies.facts.server import AppliedChangeset, Archiver, Replica, Setting
from tests.policies.examples.world import INSTANCE, RULES, example_intent, verdict

HEALTHY = Catalog(INSTANCE, "aqstream", version=170006, settings=(Setting("data_checksums", "on"),))
CHANGESET = Changeset("shop", "shop", "0001_orders", "aqstream", "shop/0001_orders.sql", "SELECT 1", "SELECT 1", "9:aa")
APPLIED = AppliedChangeset("shop", "0001_orders", "aqstream", "shop/0001_orders.sql", "9:aa", 1)
PAUSED = Replica("replica-1", "replicator", "streaming", "async", 1 << 30)
FAILING = Archiver(3, 9, "000000010000000000000007", "000000010000000000000006", is_failing=True)

STATES: dict[str, tuple[Callable[[Catalog], Catalog], Callable[[Catalog], Catalog]]] = {
    "server_version_is_supported": (lambda it: replace(it, version=170002), lambda it: it),
    "primary_is_not_a_replica": (lambda it: replace(it, is_replica=True), lambda it: it),
    "replicas_stream": (
        lambda it: replace(it, replicas=(PAUSED,)),
        lambda it: replace(it, replicas=(replace(PAUSED, lag=0),)),
    ),
    "archiver_does_not_fail": (
        lambda it: replace(it, archiver=FAILING),
        lambda it: replace(it, archiver=replace(FAILING, is_failing=False)),
    ),
    "data_checksums_are_on": (
        lambda it: replace(it, settings=(Setting("data_checksums", "off"),)),
        lambda it: it,
    ),
    "changesets_are_applied": (
        lambda it: replace(it, changesets=(replace(APPLIED, checksum="9:00"),)),
        lambda it: replace(it, changesets=(APPLIED,)),
    ),
}


@pytest.mark.parametrize("identifier", STATES)
def test_the_state_is_found_and_its_opposite_passes(identifier: str) -> None:
    rule = next(each for each in RULES if each.id == identifier)
    for change, expected in zip(STATES[identifier], (Verdict.FAIL, Verdict.PASS), strict=True):
        facts = Facts("live", example_intent(), catalogs={INSTANCE: change(HEALTHY)}, changesets=(CHANGESET,))
        assert verdict(rule, facts) is expected


def test_every_rule_on_such_a_state_is_here() -> None:
    elsewhere = ("containers", "probes")
    stated = {rule.id for rule in RULES if rule.bad.startswith("--") and rule.scope.part not in elsewhere}
    assert stated <= STATES.keys()
