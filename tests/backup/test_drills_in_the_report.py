"""The HTML report shows the newest drill of each instance, whatever state its report is in."""

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
from policies.facts.facts import Facts, Plane
from policies.rule import Severity
from policies.verification import Verification
from tests.backup.repositories import NOW, repository


def page(last_drill: dict[str, Any] | None) -> str:
    found = repository(1)
    backups = InstanceBackups("postgres-user", NOW, found, measure(found, 8), last_drill=last_drill)
    facts: dict[Plane, Facts] = {"live": Facts("live", load_intent("dev"), backups={"postgres-user": backups})}
    moment = datetime(2026, 1, 2, tzinfo=UTC)
    return html.render(Verification("dev", moment, (), (), Severity.LOW, {"live": 1.0}, facts))


def drill(*, passed: bool) -> dict[str, Any]:
    report = DrillReport("dev", "postgres-user", "then", "2026-03-01T00:00:00+00:00", "2026-02-28T23:59:00", "label-F")
    report.judgements.append(Judgement("markers", passed, "holds <before>"))
    kept: dict[str, Any] = json.loads(json.dumps(asdict(report) | {"passed": passed, "number": 7}))
    return kept


@pytest.mark.parametrize(("passed", "word"), [(True, "Passed"), (False, "Failed")])
def test_the_newest_drill_is_shown_with_its_judgements(passed: bool, word: str) -> None:
    text = page(drill(passed=passed))
    for shown in (f"{word}: backup <code>label-F</code>", "report 7", "holds &lt;before&gt;"):
        assert shown in text


def test_an_instance_without_a_drill_says_so() -> None:
    assert "No drill is kept." in page(None)


def test_a_report_that_is_no_report_says_so() -> None:
    assert "The newest report cannot be read." in page({})
