"""Each report format says the same: what failed, what is unknown, how to mend it."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest

from cli.report import github, html, human, json_report, junit, markdown, sarif
from cli.report.baseline import read_baseline
from cli.report.formats import destinations
from infra.model.errors import ConfigurationError
from infra.model.loading import load_intent
from policies.evaluate import Result, Verdict
from policies.facts.facts import Facts
from policies.facts.probes import Attempt
from policies.rule import Severity, load_rules
from policies.suppression import Suppression
from policies.verification import Verification, set_aside

RULES = load_rules()
TABLE = "postgres-shared/event_service.events"
ODD = "it's <b>odd</b> | `x`\n100%"


def result(verdict: Verdict, rule: str = "row_security_forced", message: str = ODD, where: str = TABLE) -> Result:
    found = next(each for each in RULES if each.id == rule)
    return Result(rule, found.severity, "live", where, verdict, message)


def verification(*results: Result, fail_on: Severity = Severity.LOW) -> Verification:
    attempts = (
        Attempt("postgres-shared", "event_service_app", "event_service.events", "select", "own", "own", "rows", 1),
        Attempt("postgres-shared", "event_service_app", "event_service.events", "select", "own", "foreign", "rows", 2),
    )
    return Verification(
        stack="dev",
        started=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        rules=RULES,
        results=results,
        fail_on=fail_on,
        seconds={"live": 1.25},
        facts={"live": Facts("live", load_intent("dev"), attempts=attempts)},
    )


FAILED = verification(result(Verdict.FAIL), result(Verdict.PASS, message=""), result(Verdict.UNKNOWN, "probe_copy"))
_KEPT = Suppression(rule="row_security_forced", object="*", reason="moving", until=date(2027, 2, 1))
_UNUSED = _KEPT.model_copy(update={"object": "nothing"})
KNOWN_AND_SUPPRESSED = set_aside(
    verification(result(Verdict.FAIL), result(Verdict.FAIL, "probe_copy"), result(Verdict.NOT_APPLICABLE)),
    [_KEPT, _UNUSED],
    [f"probe_copy live {TABLE}"],
)
RENDERERS = {
    "human": human.render,
    "json": json_report.render,
    "junit": junit.render,
    "sarif": sarif.render,
    "github": github.render,
    "markdown": markdown.render,
    "html": html.render,
}


@pytest.mark.parametrize("name", RENDERERS)
def test_every_format_names_rule_object_and_what_is_unknown(name: str) -> None:
    text = RENDERERS[name](FAILED)
    assert "row_security_forced" in text
    assert "event_service.events" in text
    assert "probe_copy" in text


@pytest.mark.parametrize(
    ("results", "code"),
    [
        ((result(Verdict.PASS),), 0),
        ((result(Verdict.PASS), result(Verdict.FAIL)), 1),
        ((result(Verdict.PASS), result(Verdict.FAIL), result(Verdict.UNKNOWN)), 3),
        ((result(Verdict.NOT_APPLICABLE),), 3),
        ((), 3),
    ],
)
def test_exit_codes_never_pass_without_evidence(results: tuple[Result, ...], code: int) -> None:
    assert verification(*results).exit_code == code


def test_findings_below_the_threshold_do_not_fail() -> None:
    low = result(Verdict.FAIL, "policy_reads_tenant_once")
    assert verification(low, result(Verdict.PASS), fail_on=Severity.HIGH).exit_code == 0
    assert verification(low, fail_on=Severity.LOW).exit_code == 1


def test_junit_counts_failures_and_errors() -> None:
    suite = ElementTree.fromstring(junit.render(FAILED)).find("testsuite")  # noqa: S314 rendered a line above
    assert suite is not None
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("3", "1", "1")


def test_sarif_points_at_rules_by_position() -> None:
    (run,) = sarif.document(FAILED)["runs"]
    for found in run["results"]:
        assert run["tool"]["driver"]["rules"][found["ruleIndex"]]["id"] == found["ruleId"]


def test_github_escapes_what_would_end_the_command() -> None:
    lines = github.render(FAILED).splitlines()
    assert all(line.startswith("::") for line in lines)
    assert "%0A" in lines[0]
    assert "100%25" in lines[0]


def test_html_escapes_and_asks_nobody_for_anything() -> None:
    page = html.render(FAILED)
    assert "<b>odd</b>" not in page
    assert "http://" not in page
    assert "https://" not in page
    assert "default-src &#39;none&#39;" in page or "default-src 'none'" in page


def test_a_suppression_sets_a_failure_aside_until_it_expires() -> None:
    kept = Suppression(rule="row_security_forced", object="postgres-shared/*", reason="moving", until=date(2026, 2, 1))
    expired = kept.model_copy(update={"until": date(2025, 12, 31)})
    assert set_aside(verification(result(Verdict.PASS), result(Verdict.FAIL)), [kept], ()).exit_code == 0
    aside = set_aside(verification(result(Verdict.PASS), result(Verdict.FAIL)), [expired], ())
    assert aside.exit_code == 1
    assert aside.stale == ((expired, "expired on 2025-12-31"),)


def test_an_unused_suppression_is_reported() -> None:
    unused = Suppression(rule="row_security_forced", object="*", reason="gone", until=date(2027, 1, 1))
    assert set_aside(verification(result(Verdict.PASS)), [unused], ()).stale == ((unused, "matches no failure"),)


def test_a_baseline_accepts_the_failures_it_knows(tmp_path: Path) -> None:
    report = tmp_path / "before.json"
    report.write_text(json_report.render(FAILED))
    known = read_baseline(report)
    assert set_aside(verification(result(Verdict.PASS), result(Verdict.FAIL)), (), known).exit_code == 0
    other = result(Verdict.FAIL, where="postgres-shared/event_service.check_ins")
    assert set_aside(verification(other), (), known).exit_code == 1


def test_a_baseline_that_is_none_is_refused(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.json"
    wrong.write_text(json.dumps([]))
    with pytest.raises(ConfigurationError, match="no JSON report"):
        read_baseline(wrong)


@pytest.mark.parametrize("texts", [["pdf"], ["human", "json"]])
def test_unknown_formats_and_two_for_stdout_are_refused(texts: list[str]) -> None:
    with pytest.raises(ConfigurationError):
        destinations(texts)


def test_who_asks_for_files_only_reads_the_result_all_the_same() -> None:
    assert [each.format for each in destinations(["html=report.html", "sarif=report.sarif"])] == [
        "html",
        "sarif",
        "human",
    ]
    assert [each.format for each in destinations(["html=report.html", "json"])] == ["html", "json"]
    assert [each.format for each in destinations([])] == ["human"]
