"""The HTML report shows the newest drill of each instance and of Redis, whatever state its report is in."""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import pytest

from cli.report import html
from infra.backup.drill.report import DrillReport, Judgement
from infra.model.loading import load_intent
from infra.model.recovery.window import measure
from policies.facts.backups import InstanceBackups
from policies.facts.drills import Drills
from policies.facts.facts import Facts, Plane
from policies.rule import Severity
from policies.verification import Verification
from tests.backup.repositories import NOW, repository


def page(newest: dict[str, Any] | None, of_redis: dict[str, Any] | None = None) -> str:
    found = repository(1)
    backups = InstanceBackups("postgres-user", NOW, found, measure(found, 8), Drills(NOW, newest=newest))
    drills = {"redis": Drills(NOW, newest=of_redis)} if of_redis else {}
    live = Facts("live", load_intent("dev"), backups={"postgres-user": backups}, drills=drills)
    facts: dict[Plane, Facts] = {"live": live}
    moment = datetime(2026, 1, 2, tzinfo=UTC)
    return html.render(Verification("dev", moment, (), (), Severity.LOW, {"live": 1.0}, facts))


def drill(*, passed: bool) -> dict[str, Any]:
    report = DrillReport("dev", "postgres-user", "then", "2026-03-01T00:00:00+00:00", "2026-02-28T23:59:00", "label-F")
    report.judgements.append(Judgement("markers", passed, "holds <before>"))
    return kept(report)


def drill_of_redis(target: str) -> dict[str, Any]:
    report = DrillReport("dev", "redis", "then", "2026-03-01T00:00:00+00:00", target, recovery_point=1.0)
    report.judgements.append(Judgement("marker", bool(target), "a write is somewhere"))
    return kept(report)


def kept(report: DrillReport) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(asdict(report) | {"passed": report.passed, "number": 7}))
    return found


@pytest.mark.parametrize(("passed", "word"), [(True, "Passed"), (False, "Failed")])
def test_the_newest_drill_is_shown_with_its_judgements(passed: bool, word: str) -> None:
    text = page(drill(passed=passed))
    for shown in (f"{word}: backup <code>label-F</code>", "report 7", "holds &lt;before&gt;"):
        assert shown in text


def test_an_instance_without_a_drill_says_so() -> None:
    assert "No drill is kept." in page(None)


def test_a_report_that_is_no_report_says_so() -> None:
    assert "The newest report cannot be read." in page({})


def test_the_drill_of_redis_is_shown_beside_it_and_names_no_backup() -> None:
    text = page(drill(passed=True), drill_of_redis("1.5 s after a write"))
    for shown in ("<h3>postgres-user", "<h3>redis", "Passed: started from its disk, <code>1.5 s after a write</code>"):
        assert shown in text
    assert text.count("Passed: backup") == 1


def test_a_drill_that_was_stopped_before_it_had_a_target_names_none() -> None:
    assert "<p>Failed.</p>" in page(drill(passed=True), drill_of_redis(""))
