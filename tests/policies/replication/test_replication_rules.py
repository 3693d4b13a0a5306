"""Each replication rule's BAD and GOOD, done to a cluster of three: it finds the one and keeps silent on the other."""

from dataclasses import replace
from typing import Any

import pytest
import yaml

from infra.model.intent import Intent
from infra.model.loading import load_intent
from policies.evaluate import Verdict, evaluate
from policies.facts.facts import Facts
from policies.facts.replication import ConsensusNode, Node, Replication
from policies.rule import Rule, load_rules

RULES = [rule for rule in load_rules() if rule.scope.part == "replication"]
INSTANCE = "postgres-user"
NAMES = tuple(f"{INSTANCE}-{number}" for number in (1, 2, 3))
WRITTEN = 5 << 30
WELL: dict[str, Any] = {"free": 9 << 30, "priority": 2, "position": WRITTEN}
SHARED = {
    "ttl": 12,
    "failsafe_mode": True,
    "maximum_lag_on_failover": 1 << 20,
    "synchronous_mode": False,
    "synchronous_mode_strict": False,
}


def _primary() -> Node:
    slots = {name.replace("-", "_"): True for name in NAMES[1:]}
    senders = dict.fromkeys(NAMES[1:], "async")
    return Node(NAMES[0], is_writable=True, state="running", timeline=2, slots=slots, senders=senders, **WELL)


def _replica(name: str) -> Node:
    return Node(name, is_writable=False, state="running", timeline=2, receives="streaming", **WELL)


def _intent(changes: dict[str, Any]) -> Intent:
    """The development stack with two replicas for one instance."""
    found = load_intent("dev")
    declared = found.stack.instances[INSTANCE]
    settings = {"replicas": 2, "synchronous": changes.get("synchronous", False)} | changes.get("instance", {})
    with_replicas = declared.model_copy(update=settings)
    instances = {**found.stack.instances, INSTANCE: with_replicas}
    return found.model_copy(update={"stack": found.stack.model_copy(update={"instances": instances})})


def example(text: str) -> Facts:
    """A well cluster with these changes."""
    changes = yaml.safe_load(text) or {}
    nodes = (_primary(), _replica(NAMES[1]), _replica(NAMES[2]))
    changed = tuple(replace(node, **changes.get("nodes", {}).get(node.name, {})) for node in nodes)
    shared = SHARED | changes.get("shared", {})
    found = Replication(
        INSTANCE,
        changed,
        shared,
        is_paused=bool(shared.get("pause")),
        read_only_is_writable=changes.get("read_only_is_writable", False),
    )
    consensus = [
        ConsensusNode(f"etcd-{number}", member=number, leader=1, term=3, snapshot_age=600) for number in (1, 2, 3)
    ]
    agreed = tuple(replace(node, **changes.get("consensus", {}).get(node.name, {})) for node in consensus)
    return Facts("live", _intent(changes), replication={INSTANCE: found}, consensus=agreed)


def _verdicts(rule: Rule, text: str) -> set[Verdict]:
    return {result.verdict for result in evaluate([rule], example(text))}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_the_bad_example_is_found(rule: Rule) -> None:
    assert _verdicts(rule, rule.bad) == {Verdict.FAIL}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_the_good_example_is_not(rule: Rule) -> None:
    assert _verdicts(rule, rule.good) == {Verdict.PASS}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_stack_without_replicas_has_nothing_to_judge(rule: Rule) -> None:
    results = evaluate([rule], Facts("live", load_intent("dev")))
    assert [result.verdict for result in results] == [Verdict.NOT_APPLICABLE]


def test_no_primary_at_all_is_found() -> None:
    rule = next(rule for rule in RULES if rule.id == "replication_has_one_primary")
    assert _verdicts(rule, "nodes: {postgres-user-1: {is_writable: false}}") == {Verdict.FAIL}


def test_a_snapshot_that_is_missing_altogether_is_found() -> None:
    rule = next(rule for rule in RULES if rule.id == "consensus_has_snapshots")
    nodes = ", ".join(f"etcd-{number}: {{snapshot_age: null}}" for number in (1, 2, 3))
    assert _verdicts(rule, f"{{consensus: {{{nodes}}}}}") == {Verdict.FAIL}


KEEPS_UP = next(rule for rule in RULES if rule.id == "replication_replicas_keep_up")


def _behind(distance: int, **declared: int) -> str:
    return yaml.safe_dump({"nodes": {NAMES[1]: {"position": WRITTEN - distance}}, "instance": declared})


def test_a_replica_may_be_behind_as_far_as_declared_and_64_mib_in_any_case() -> None:
    assert _verdicts(KEEPS_UP, _behind(64 << 20)) == {Verdict.PASS}
    assert _verdicts(KEEPS_UP, _behind((64 << 20) + 1)) == {Verdict.FAIL}
    assert _verdicts(KEEPS_UP, _behind(200 << 20, max_lag=200 << 20)) == {Verdict.PASS}
    assert _verdicts(KEEPS_UP, _behind((200 << 20) + 1, max_lag=200 << 20)) == {Verdict.FAIL}


@pytest.mark.parametrize("node", NAMES)
def test_where_one_position_is_unknown_nobody_says_that_the_replicas_keep_up(node: str) -> None:
    assert _verdicts(KEEPS_UP, f"nodes: {{{node}: {{position: null}}}}") == {Verdict.UNKNOWN}
    assert _verdicts(KEEPS_UP, f"nodes: {{{node}: {{is_writable: null, position: null}}}}") == {Verdict.UNKNOWN}


def test_a_replica_that_is_behind_is_found_beside_one_that_does_not_answer() -> None:
    nodes = f"{{{NAMES[1]}: {{position: 1000}}, {NAMES[2]}: {{position: null}}}}"
    assert _verdicts(KEEPS_UP, f"nodes: {nodes}") == {Verdict.FAIL}
