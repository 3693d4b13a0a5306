"""What cannot be checked is named with its cause, and everything else is judged all the same."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from docker.errors import DockerException

from policies.evaluate import Verdict, evaluate
from policies.facts.facts import Facts, Part
from policies.facts.probes import Attempt
from policies.rule import Rule, Severity, Subject
from policies.sources.live import catalog as catalog_source
from policies.sources.live import stack as stack_source
from policies.sources.live.access import Access
from policies.sources.live.query import Connection, Row, fetch
from policies.sources.live.stack import Reading, read_stack
from policies.verification import COULD_NOT_CHECK, Verification
from tests.policies.examples.world import INSTANCE, RULES, World
from tests.servers.container import free_port

pytestmark = pytest.mark.docker

PARTS: frozenset[Part] = frozenset({"catalog", "probes"})
JUDGED = [rule for rule in RULES if rule.scope.part in (*PARTS, "settings", "hba", "server") and "live" in rule.planes]
NOTHING_TO_READ_WITH = "REVOKE EXECUTE ON FUNCTION pg_catalog.pg_hba_file_rules() FROM verifier"


def facts_of(world: World, access: Access, parts: frozenset[Part] = PARTS) -> Facts:
    return read_stack(Reading(access, world.intent, parts))


def verification(facts: Facts, rules: list[Rule] = JUDGED) -> Verification:
    results = evaluate(rules, facts)
    return Verification("test", datetime.now(UTC), tuple(rules), results, Severity.LOW, {"live": 0.1})


def causes(facts: Facts, part: Part) -> list[str]:
    return [gap.reason for gap in facts.unread_of(part)]


@pytest.fixture
def access(world: World) -> Iterator[Access]:
    with world.copy() as database:
        yield world.access(database)


def with_password(access: Access, role: str, password: str) -> Access:
    return replace(access, passwords={**access.passwords, (INSTANCE, role): password})


def test_an_instance_that_is_down_leaves_every_rule_about_it_unknown(world: World, access: Access) -> None:
    closed = replace(access.endpoint(INSTANCE), port=free_port())
    facts = facts_of(world, replace(access, endpoints={INSTANCE: closed}))
    found = verification(facts)
    assert found.exit_code == COULD_NOT_CHECK
    assert {result.verdict for result in found.results} == {Verdict.UNKNOWN}
    assert all("verifier cannot log in: connection" in result.message for result in found.results)


def test_a_wrong_password_is_named(world: World, access: Access) -> None:
    facts = facts_of(world, with_password(access, "verifier", "wrong"))
    assert 'password authentication failed for user "verifier"' in causes(facts, "catalog")[0]
    assert "wrong" not in causes(facts, "catalog")[0].replace("password authentication failed", "")


def test_a_login_that_cannot_probe_costs_its_own_probes_only(world: World, access: Access) -> None:
    facts = facts_of(world, with_password(access, "shop_app", "wrong"))
    assert 'password authentication failed for user "shop_app"' in causes(facts, "probes")[0]
    assert not causes(facts, "catalog")
    assert {attempt.role for attempt in facts.attempts} == {"shop_readonly", "shop_migrator"}
    found = verification(facts)
    assert found.exit_code == COULD_NOT_CHECK
    assert {result.verdict for result in found.results if result.rule == "row_security_forced"} == {Verdict.PASS}


def test_a_session_that_ends_while_it_probes_is_named(world: World) -> None:
    with world.copy() as database:
        with world.server.admin(database) as admin:
            admin.execute(f"ALTER ROLE shop_app IN DATABASE {database} SET idle_in_transaction_session_timeout = '1ms'")
        facts = facts_of(world, world.access(database))
    (gap,) = facts.unread_of("probes")
    assert gap.object.endswith("as shop_app")
    assert "closed" in gap.reason or "terminating connection due to idle-in-transaction" in gap.reason
    assert "shop_readonly" in {attempt.role for attempt in facts.attempts}


def test_a_privilege_that_the_verifier_lacks_costs_what_it_reads_only(world: World) -> None:
    with world.copy() as database:
        with world.server.admin(database) as admin:
            admin.execute(NOTHING_TO_READ_WITH)
        facts = facts_of(world, world.access(database))
    assert causes(facts, "hba") == ["hba_rules: permission denied for function pg_hba_file_rules"]
    verdicts = {(result.rule, result.verdict) for result in verification(facts).results}
    assert ("hba_demands_tls", Verdict.UNKNOWN) in verdicts
    assert ("row_security_forced", Verdict.PASS) in verdicts
    assert verification(facts).exit_code == COULD_NOT_CHECK


def test_a_server_of_another_major_version_is_not_taken_for_known(
    world: World, access: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Simulated where the queries are run: Debian has one major version in each release."""

    def of_version_15(connection: Connection, name: str) -> list[Row]:
        rows = real(connection, name)
        return [row | {"version": 150020} for row in rows] if name == "database" else rows

    real = fetch
    monkeypatch.setattr(catalog_source, "fetch", of_version_15)
    facts = facts_of(world, access)
    assert causes(facts, "server") == ["version: PostgreSQL 15.20; what its catalogs say is known of 17 only"]
    found = verification(facts)
    assert found.exit_code == COULD_NOT_CHECK
    verdicts = {(result.rule, result.verdict) for result in found.results}
    assert ("server_version_is_supported", Verdict.FAIL) in verdicts
    assert ("row_security_forced", Verdict.PASS) in verdicts


def test_a_source_that_raises_costs_its_own_parts_only(
    world: World, access: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: Access) -> None:
        raise KeyError("subject")

    monkeypatch.setattr(stack_source, "read_certificates", broken)
    facts = facts_of(world, access, frozenset({"catalog", "certificates"}))
    assert causes(facts, "certificates") == ["reading it raised KeyError: 'subject'"]
    assert INSTANCE in facts.catalogs


def test_docker_that_does_not_answer_costs_what_it_tells_only(
    world: World, access: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone() -> None:
        raise DockerException("connection refused")

    monkeypatch.setattr("docker.from_env", gone)
    facts = facts_of(world, access, frozenset({"catalog", "containers", "reach", "backups", "drills"}))
    for part in ("containers", "networks", "reach", "backups", "drills"):
        assert "connection refused" in causes(facts, part)[0]
    assert INSTANCE in facts.catalogs


def test_a_rule_that_raises_is_unknown_and_the_others_are_judged(world: World, access: Access) -> None:
    def check(_: Subject) -> Iterator[str]:
        yield from ()
        raise ZeroDivisionError("by nothing")

    rule = next(rule for rule in JUDGED if rule.id == "row_security_enabled")
    facts = facts_of(world, access, frozenset({"catalog"}))
    found = verification(facts, [replace(rule, id="broken", check=check), rule])
    assert found.exit_code == COULD_NOT_CHECK
    assert {result.message for result in found.unevaluated} == {"the rule raised ZeroDivisionError: by nothing"}
    assert {result.rule for result in found.of(Verdict.PASS)} == {"row_security_enabled"}


def test_attempts_name_the_login_that_made_them(world: World, access: Access) -> None:
    made: set[Attempt] = set(facts_of(world, access).attempts)
    assert {attempt.role for attempt in made} == {"shop_app", "shop_readonly", "shop_migrator"}
