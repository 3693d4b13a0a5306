"""Each backup rule's BAD and GOOD, done to a month of backups: it finds the one and keeps silent on the other."""

from dataclasses import replace
from typing import Any

import pytest
import yaml

from infra.model.loading import load_intent
from infra.model.quantity import parse_seconds
from infra.model.recovery.repository import Repository
from infra.model.recovery.window import measure
from policies.evaluate import Result, Verdict, evaluate
from policies.facts.backups import InstanceBackups, RegularCheck, Schedule
from policies.facts.catalog import Catalog
from policies.facts.drills import Drills
from policies.facts.facts import Facts, Unread
from policies.rule import Rule, load_rules
from policies.sources.plan.configuration import defaults, settings
from tests.backup.repositories import NOW, repository

RULES = [rule for rule in load_rules() if rule.scope.part == "backups"]
DAY, HOUR = 86400, 3600
OPTIONS = {
    "repo1-cipher-type": "aes-256-cbc",
    "repo1-storage-verify-tls": "y",
    "repo1-retention-full-type": "time",
    "repo1-retention-full": "30",
    "repo1-retention-archive-type": "full",
    "repo1-retention-archive": "8",
    "repo1-s3-key": "pgbackrest-postgres-user",
    "repo1-path": "/postgres-user",
}
TICK = "* * * * * aqstream-backup-schedule --stanza=postgres-user --full-minute=120 --status=status.json"
WELL = Schedule(checked=NOW - 30, missed=0, failures=0)


def example(changes: dict[str, Any]) -> InstanceBackups:
    """A month of backups with these changes."""
    lost = [] if changes.get("lost_segment", "none") == "none" else [changes["lost_segment"]]
    newest = parse_seconds(changes.get("newest_full", "3600s"))
    found = repository(changes.get("fulls", 31), newest=newest, lost=lost, kept_wal_days=_wal_days(changes))
    found = replace(found, code=changes.get("code", 0), cipher=changes.get("cipher", "aes-256-cbc"))
    found = _without_full(found, changes.get("missing_full"))
    size, free = changes.get("disk", (100 << 30, 50 << 30))
    return InstanceBackups(
        instance="postgres-user",
        read_at=NOW,
        repository=found,
        window=measure(found, 8),
        options=OPTIONS | changes.get("options", {}),
        schedule=replace(WELL, checked=NOW - parse_seconds(changes.get("checked", "30s"))),
        restore_check=RegularCheck(NOW - parse_seconds(changes.get("restored", "1d")), failures=0),
        repository_check=RegularCheck(NOW - parse_seconds(changes.get("verified", "1d")), failures=0),
        waiting=changes.get("waiting", 0),
        crontab=tuple(changes.get("crontab", [TICK])),
        scheduler=("Sl",),
        is_stopped=changes.get("is_stopped", False),
        disk=(size, free),
        stored=_stored(found, changes.get("removed_backup", "none")),
        drills=Drills(NOW, passed=NOW - parse_seconds(changes.get("drilled", "1d"))),
    )


def _stored(found: Repository, removed: int | str) -> dict[str, int]:
    return {backup.label: backup.stored for number, backup in enumerate(found.backups) if number != removed}


def _wal_days(changes: dict[str, Any]) -> int:
    return parse_seconds(changes["window"]) // DAY if "window" in changes else 8


def _without_full(found: Repository, position: int | None) -> Repository:
    kept = tuple(backup for number, backup in enumerate(found.backups) if number != position)
    return replace(found, backups=kept)


def judged(rule: Rule, backups: InstanceBackups, environment: str = "production") -> tuple[Result, ...]:
    intent = load_intent("dev")
    stack = intent.stack.model_copy(update={"environment": environment})
    facts = Facts("live", intent.model_copy(update={"stack": stack}), backups={backups.instance: backups})
    return evaluate([rule], facts)


def verdicts(rule: Rule, backups: InstanceBackups, environment: str = "production") -> set[Verdict]:
    return {result.verdict for result in judged(rule, backups, environment)}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_the_bad_example_is_found_and_the_good_one_is_not(rule: Rule) -> None:
    assert verdicts(rule, example(yaml.safe_load(rule.bad))) == {Verdict.FAIL}
    assert verdicts(rule, example(yaml.safe_load(rule.good))) == {Verdict.PASS}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_month_of_backups_passes_every_rule(rule: Rule) -> None:
    assert verdicts(rule, example({})) == {Verdict.PASS}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_an_instance_made_a_minute_ago_passes_before_its_first_full(rule: Rule) -> None:
    segments = tuple(replace(segment, archived=NOW - 60) for segment in repository(1).segments)
    found = replace(repository(1), backups=(), segments=segments, code=2)
    new = replace(example({}), repository=found, window=measure(found, 8), schedule=None)
    assert verdicts(rule, replace(new, restore_check=None, repository_check=None)) == {Verdict.PASS}


@pytest.mark.parametrize("name", ["backup_full_is_recent", "backup_scheduler_is_alive", "backup_repository_is_well"])
def test_an_instance_that_never_had_a_full_fails_after_an_hour(name: str) -> None:
    rule = next(rule for rule in RULES if rule.id == name)
    found = replace(repository(1, newest=7200), backups=(), code=2)
    late = replace(example({}), repository=found, window=measure(found, 8), schedule=None)
    assert verdicts(rule, late) == {Verdict.FAIL}


def test_a_missed_and_a_failing_run_are_findings() -> None:
    rule = next(rule for rule in RULES if rule.id == "backup_scheduler_is_alive")
    stuck = replace(example({}), schedule=replace(WELL, missed=3, failures=2, message="no space left"))
    assert {result.message for result in judged(rule, stuck)} == {
        "3 daily fulls were missed and not made up for",
        "2 runs failed in a row: no space left",
    }


def test_a_long_backup_is_no_finding_and_one_that_hangs_is() -> None:
    rule = next(rule for rule in RULES if rule.id == "backup_scheduler_is_alive")
    long = replace(example({}), schedule=replace(WELL, running_since=NOW - 3 * HOUR))
    hanging = replace(example({}), schedule=replace(WELL, running_since=NOW - 13 * HOUR))
    assert verdicts(rule, long) == {Verdict.PASS}
    assert {result.message for result in judged(rule, hanging)} == {"a backup has been running for 13 hours"}


@pytest.mark.parametrize("states", [(), ("T",), ("Z",)])
def test_a_scheduler_that_does_not_run_is_a_finding_before_it_falls_silent(states: tuple[str, ...]) -> None:
    rule = next(rule for rule in RULES if rule.id == "backup_scheduler_is_alive")
    assert {result.message for result in judged(rule, replace(example({}), scheduler=states))} == {
        "its process does not run"
    }


@pytest.mark.parametrize(
    "unseen",
    [
        pytest.param(replace(example({}), crontab=None), id="crontab"),
        pytest.param(replace(example({}), scheduler=None), id="scheduler"),
        pytest.param(replace(example({}), is_stopped=None), id="is_stopped"),
        pytest.param(replace(example({}), stored=None), id="stored"),
        pytest.param(replace(example({}), disk=None), id="disk"),
    ],
)
def test_what_was_not_looked_at_has_not_passed(unseen: InstanceBackups) -> None:
    assert Verdict.UNKNOWN in {result.verdict for rule in RULES for result in judged(rule, unseen)}


def test_a_restore_check_that_fails_or_never_ran_is_a_finding() -> None:
    rule = next(rule for rule in RULES if rule.id == "backup_is_restored_regularly")
    failing = replace(example({}), restore_check=RegularCheck(NOW - DAY, failures=2, message="no space"))
    assert {result.message for result in judged(rule, failing)} == {"2 restores failed in a row: no space"}
    assert verdicts(rule, replace(example({}), restore_check=None)) == {Verdict.FAIL}


def test_damaged_objects_and_a_repository_that_was_never_read_are_findings() -> None:
    rule = next(rule for rule in RULES if rule.id == "backup_objects_are_intact")
    damaged = RegularCheck(NOW - DAY, failures=2, message="the repository is damaged: invalid checksum x")
    assert {result.message for result in judged(rule, replace(example({}), repository_check=damaged))} == {
        "the repository is damaged: invalid checksum x"
    }
    assert verdicts(rule, replace(example({}), repository_check=None)) == {Verdict.FAIL}


def test_drills_are_asked_for_in_production_only() -> None:
    rule = next(rule for rule in RULES if rule.id == "backup_is_drilled")
    never = replace(example({}), drills=Drills(NOW))
    assert verdicts(rule, never) == {Verdict.FAIL}
    assert verdicts(rule, never, "development") == {Verdict.NOT_APPLICABLE}


def test_a_broken_chain_and_a_drill_of_tomorrow_are_findings() -> None:
    rule = next(rule for rule in RULES if rule.id == "backup_is_drilled")
    odd = replace(example({}), drills=Drills(NOW, passed=NOW + DAY, chain_problems=("2.json: it was changed",)))
    assert {result.message for result in judged(rule, odd)} == {
        "2.json: it was changed",
        "the last passed drill is dated in the future",
    }


def test_an_instance_that_cannot_be_read_has_not_passed() -> None:
    facts = Facts("live", load_intent("dev"), unread=(Unread("backups", "postgres-user", "it is stopped"),))
    assert {result.verdict for result in evaluate(RULES, facts)} == {Verdict.UNKNOWN}


def archiving(configuration: str, stack: str = "dev") -> set[Verdict]:
    rule = next(rule for rule in load_rules() if rule.id == "backup_archives_wal")
    catalog = Catalog("postgres-user", "aqstream", settings=(*defaults(), *settings(configuration)))
    facts = Facts("plan", load_intent(stack), catalogs={"postgres-user": catalog})
    return {result.verdict for result in evaluate([rule], facts)}


GOOD_ARCHIVING = next(rule for rule in load_rules() if rule.id == "backup_archives_wal").good


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ("archive_mode = on", "archive_mode = off"),
        ("--stanza=postgres-user", "--stanza=postgres-shared"),
        ("archive-push %p", "archive-push %p || true"),
        ("'2min'", "'0'"),
        ("'2min'", "'10min'"),
    ],
)
def test_archiving_that_only_looks_like_it_is_found(was: str, becomes: str) -> None:
    assert archiving(GOOD_ARCHIVING) == {Verdict.PASS}
    assert archiving(GOOD_ARCHIVING.replace(was, becomes)) == {Verdict.FAIL}


def test_the_nodes_of_a_cluster_archive_what_their_leader_began() -> None:
    plain = "pgbackrest --stanza=postgres-user archive-push %p"
    of_a_node = GOOD_ARCHIVING.replace(plain, "aqstream-pgbackrest-push postgres-user %p")
    assert (archiving(of_a_node, "prod"), archiving(GOOD_ARCHIVING, "prod")) == ({Verdict.PASS}, {Verdict.FAIL})
    assert archiving(of_a_node) == {Verdict.FAIL}


def test_the_archiving_rule_finds_its_bad_example() -> None:
    rule = next(rule for rule in load_rules() if rule.id == "backup_archives_wal")
    assert archiving(rule.bad) == {Verdict.FAIL}
