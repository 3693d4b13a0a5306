"""The rule about drills of the cache server, and of which of its nodes a drill may be."""

from pathlib import Path

import pytest
import yaml

from infra.backup.drill.evidence import keep
from infra.backup.drill.report import DrillReport, Judgement
from infra.model.errors import CannotCheck
from infra.model.loading import load_intent
from infra.model.quantity import parse_seconds
from policies.evaluate import Result, Verdict, evaluate
from policies.facts.drills import Drills
from policies.facts.facts import Facts, Unread
from policies.rule import load_rules
from policies.sources.live.cache import drills as source
from tests.backup.repositories import NOW

(RULE,) = [rule for rule in load_rules() if rule.scope.part == "drills"]
DAY = 86400


def judged(drills: Drills, environment: str = "production") -> tuple[Result, ...]:
    intent = load_intent("dev")
    stack = intent.stack.model_copy(update={"environment": environment})
    return evaluate([RULE], Facts("live", intent.model_copy(update={"stack": stack}), drills={"redis": drills}))


def messages(drills: Drills) -> set[str]:
    return {result.message for result in judged(drills) if result.verdict is Verdict.FAIL}


@pytest.mark.parametrize(("example", "verdict"), [(RULE.bad, Verdict.FAIL), (RULE.good, Verdict.PASS)])
def test_the_bad_example_is_found_and_the_good_one_is_not(example: str, verdict: Verdict) -> None:
    ago = parse_seconds(yaml.safe_load(example)["drilled"])
    (result,) = judged(Drills(NOW, passed=NOW - ago))
    assert (result.object, result.verdict) == ("redis drills", verdict)


def test_drills_are_asked_for_in_production_only() -> None:
    assert messages(Drills(NOW)) == {"no drill has passed"}
    assert {result.verdict for result in judged(Drills(NOW), "development")} == {Verdict.NOT_APPLICABLE}


def test_a_broken_chain_and_a_drill_of_tomorrow_are_findings() -> None:
    odd = Drills(NOW, passed=NOW + DAY, chain_problems=("2.json: it was changed",))
    assert messages(odd) == {"2.json: it was changed", "the last passed drill is dated in the future"}


def test_a_node_that_does_not_tell_its_data_leaves_it_unknown() -> None:
    facts = Facts("live", load_intent("prod"), unread=(Unread("drills", "redis-2", "there is no container"),))
    assert [(each.object, each.verdict) for each in evaluate([RULE], facts)] == [("redis-2", Verdict.UNKNOWN)]


class Told:
    """Nodes that say which data they have, in place of containers; one that says nothing is down."""

    data = {"redis": "11 1795918369.1\n", "redis-2": "22 1795918370.2\n", "redis-3": "33 1795918371.3\n"}

    def __init__(self, container: str, _: object) -> None:
        self.node = container.removeprefix("aqstream-prod-")

    def __call__(self, _: list[str]) -> str:
        if self.node not in self.data:
            raise CannotCheck(f"there is no container {self.node}")
        return self.data[self.node]


@pytest.fixture
def evidence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Of a drill made while the second node was primary."""
    monkeypatch.setattr(source, "Commands", Told)
    moment = "2026-03-01T00:00:00+00:00"
    report = DrillReport("prod", "redis", moment, moment, cluster="22 1795918370.2")
    report.judgements.append(Judgement("marker", passed=True, detail=""))
    keep(report, tmp_path / "prod")
    return tmp_path


def test_a_drill_counts_whichever_node_it_was_of(evidence: Path) -> None:
    drills, unread = source.read_cache_drills(load_intent("prod"), evidence)
    assert unread == ()
    assert drills["redis"].passed is not None


def test_a_drill_of_a_volume_that_was_made_anew_counts_no_more(evidence: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Told, "data", Told.data | {"redis-2": "22 1795999999.9"})
    drills, _ = source.read_cache_drills(load_intent("prod"), evidence)
    assert (drills["redis"].passed, drills["redis"].newest, drills["redis"].chain_problems) == (None, None, ())


@pytest.mark.parametrize(("said", "reason"), [(None, "there is no container redis-2"), ("22 0", "no time of birth")])
def test_nothing_is_said_of_drills_while_a_node_does_not_tell_its_data(
    evidence: Path, monkeypatch: pytest.MonkeyPatch, said: str | None, reason: str
) -> None:
    others = {node: data for node, data in Told.data.items() if node != "redis-2"}
    monkeypatch.setattr(Told, "data", others | ({"redis-2": said} if said else {}))
    drills, (unread,) = source.read_cache_drills(load_intent("prod"), evidence)
    assert (drills, unread.part, unread.object) == ({}, "drills", "redis-2")
    assert reason in unread.reason
