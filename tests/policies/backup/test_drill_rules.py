"""The rule about drills of the cache server: it finds its BAD and keeps silent on its GOOD, in production only."""

import pytest
import yaml

from infra.model.loading import load_intent
from infra.model.quantity import parse_seconds
from policies.evaluate import Result, Verdict, evaluate
from policies.facts.drills import Drills
from policies.facts.facts import Facts, Unread
from policies.rule import load_rules
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
