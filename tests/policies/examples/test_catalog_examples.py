"""Every rule on catalogs finds its BAD and passes its GOOD, in rendered SQL and on a real server alike."""

from collections.abc import Iterator
from functools import cache

import psycopg
import pytest

from policies.evaluate import Verdict
from policies.facts.facts import Facts
from policies.rule import Rule
from policies.sources.live.catalog import read_catalog
from policies.sources.rendered_sql import Script, read_sql
from tests.policies.examples.world import INSTANCE, RULES, World, example_intent, example_scripts, rules_of, verdict

ON_SERVER = [
    rule
    for rule in rules_of("catalog", "server")
    if not rule.bad.startswith("--") and rule.id != "settings_come_from_the_program"
]
"""A line of comment stands for a state that no transaction can make; ALTER SYSTEM runs in none."""

IN_SQL = [rule for rule in rules_of("catalog") if "rendered-sql" in rule.planes]
BOTH = pytest.mark.parametrize("kind", ["bad", "good"])
SILENT = (Verdict.PASS, Verdict.NOT_APPLICABLE)


def _as_expected(kind: str, found: Verdict) -> bool:
    return found is Verdict.FAIL if kind == "bad" else found in SILENT


@cache
def _rendered(change: str) -> Facts:
    scripts = [*example_scripts(), Script("example", change, "postgres", ("shop", "extensions"))]
    return Facts("rendered-sql", example_intent(), catalogs={INSTANCE: read_sql(scripts, INSTANCE)})


@BOTH
@pytest.mark.parametrize("rule", IN_SQL, ids=lambda rule: rule.id)
def test_in_rendered_sql(rule: Rule, kind: str) -> None:
    assert _as_expected(kind, verdict(rule, _rendered(getattr(rule, kind))))


def test_every_example_is_followed_by_the_parser() -> None:
    unmodelled = {
        (rule.id, statement)
        for rule in IN_SQL
        for example in (rule.bad, rule.good)
        for statement in _rendered(example).catalogs[INSTANCE].unmodelled
    }
    assert not unmodelled


@pytest.fixture(scope="module")
def admin(world: World) -> Iterator[psycopg.Connection]:
    """A superuser's session whose changes are rolled back one by one."""
    with world.rolled_back() as connection:
        yield connection


def _live(admin: psycopg.Connection, change: str) -> Facts:
    with admin.transaction(force_rollback=True):
        admin.execute("SET LOCAL search_path = shop, extensions")
        admin.execute(change.encode())
        catalog = read_catalog(admin, INSTANCE)
        _forget_slots(admin)
    return Facts("live", example_intent(), catalogs={INSTANCE: catalog})


def _forget_slots(admin: psycopg.Connection) -> None:
    # A slot is made outside the transaction that makes it.
    admin.execute("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots")


@pytest.mark.docker
@BOTH
@pytest.mark.parametrize("rule", ON_SERVER, ids=lambda rule: rule.id)
def test_on_a_real_server(admin: psycopg.Connection, rule: Rule, kind: str) -> None:
    assert _as_expected(kind, verdict(rule, _live(admin, getattr(rule, kind))))


@pytest.mark.docker
def test_the_example_stack_is_healthy_on_both_planes(admin: psycopg.Connection) -> None:
    for facts in (_rendered("SELECT 1"), _live(admin, "SELECT 1")):
        judged = [rule for rule in RULES if rule.scope.part == "catalog" and facts.plane in rule.planes]
        failed = {rule.id for rule in judged if verdict(rule, facts) in (Verdict.FAIL, Verdict.UNKNOWN)}
        assert not failed
