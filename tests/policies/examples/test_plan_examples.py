"""Rules on planned resources and on changelogs find their BAD and pass their GOOD."""

from typing import Any

import pytest
import yaml

from policies.evaluate import Verdict
from policies.facts.changesets import Changeset
from policies.facts.facts import Facts
from policies.rule import Rule
from policies.sources.plan import read_plan
from tests.policies.examples.world import RULES, example_intent, rules_of, verdict

KINDS = pytest.mark.parametrize(("kind", "expected"), [("bad", Verdict.FAIL), ("good", Verdict.PASS)])
CHANGESETS = rules_of("changesets")
RESOURCE: dict[str, Any] = {
    "urn": "urn:pulumi:dev::aqstream::docker:index/volume:Volume::postgres-shared-data-volume",
    "type": "docker:index/volume:Volume",
    "name": "postgres-shared-data-volume",
    "inputs": {"name": "aqstream-dev-postgres-shared-data"},
}


@KINDS
@pytest.mark.parametrize("rule", rules_of("resources"), ids=lambda rule: rule.id)
def test_planned_resources(rule: Rule, kind: str, expected: Verdict) -> None:
    intent = example_intent()
    protected = intent.model_copy(update={"stack": intent.stack.model_copy(update={"protect": True})})
    planned = RESOURCE | yaml.safe_load(getattr(rule, kind))
    assert verdict(rule, read_plan([planned], protected)) is expected


@KINDS
@pytest.mark.parametrize("rule", CHANGESETS, ids=lambda rule: rule.id)
def test_changesets(rule: Rule, kind: str, expected: Verdict) -> None:
    lines = getattr(rule, kind).splitlines()
    rollback = "\n".join(line.removeprefix("--rollback ") for line in lines if line.startswith("--rollback"))
    text = "\n".join(line for line in lines if not line.startswith("--rollback"))
    declared = (Changeset("shop", "shop", "0001_example", "aqstream", "shop/0001_example.sql", text, rollback, "9:0"),)
    assert verdict(rule, Facts("rendered-sql", example_intent(), changesets=declared)) is expected


def test_no_rule_is_left_without_a_place_that_executes_its_examples() -> None:
    executed = {
        "catalog",
        "server",
        "settings",
        "hba",
        "probes",
        "containers",
        "networks",
        "reach",
        "certificates",
        "resources",
        "changesets",
        "changelog",
        "backups",
        "drills",
        "cache",
        "objects",
        "state",
        "replication",
    }
    assert {rule.scope.part for rule in RULES} <= executed
