"""The isolation rules, judged on a restored copy of an instance."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from cli.verifier_access import verifier_access
from infra.backup.drill.report import Judgement
from infra.model.intent import Intent
from policies.evaluate import Verdict, evaluate
from policies.facts.facts import Part
from policies.rule import Rule, load_rules
from policies.sources.live.access import Access
from policies.sources.live.stack import Reading, read_stack

READ: frozenset[Part] = frozenset({"catalog", "probes"})
WHOLE: frozenset[Part] = READ | {"hba"}


def judge_isolation(intent: Intent, outputs: Mapping[str, Any], instance: str, address: str, port: int) -> Judgement:
    """Every rule that concerns a copy, on the one that listens there; what could not be judged has not passed."""
    alone = intent.only(instance)
    with verifier_access(alone, outputs) as access:
        copy = only_the_copy(access, instance, address, port)
        results = evaluate(judged_rules(), read_stack(Reading(copy, alone, READ)))
    wrong = [result for result in results if result.verdict in (Verdict.FAIL, Verdict.UNKNOWN)]
    passed = sum(result.verdict is Verdict.PASS for result in results)
    detail = "; ".join(f"{result.rule} on {result.object}: {result.message}" for result in wrong[:5])
    return Judgement("isolation", not wrong and passed > 0, detail or f"{passed} checks passed")


def only_the_copy(access: Access, instance: str, address: str, port: int) -> Access:
    """Access to the copy alone: the instance's pooler and replicas go on serving the running one."""
    endpoint = replace(access.endpoint(instance), host=address, port=port)
    return replace(access, endpoints={instance: endpoint}, other_ways={})


def judged_rules() -> Sequence[Rule]:
    """All about catalogs, probes and pg_hba; of those about settings what is called isolation.

    A copy is served with the running instance's pg_hba and configuration; over these lie the settings of the restored
    database, roles and `ALTER SYSTEM`. It does not archive, so it would fail what the other settings are judged by.
    """
    return [rule for rule in load_rules() if "live" in rule.planes and _concerns_a_copy(rule)]


def _concerns_a_copy(rule: Rule) -> bool:
    is_isolation = any(clause.startswith("isolation") for clause in rule.clauses)
    return rule.scope.part in WHOLE or (rule.scope.part == "settings" and is_isolation)
