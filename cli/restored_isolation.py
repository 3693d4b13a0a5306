"""The isolation rules, judged on a restored copy of an instance."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from cli.verifier_access import verifier_access
from infra.backup.drill.report import Judgement
from infra.model.intent import Intent
from policies.evaluate import Verdict, evaluate
from policies.facts.facts import Part
from policies.rule import load_rules
from policies.sources.live.stack import Reading, read_stack

PARTS: frozenset[Part] = frozenset({"catalog", "probes"})


def judge_isolation(intent: Intent, outputs: Mapping[str, Any], instance: str, address: str, port: int) -> Judgement:
    """Every rule about catalogs and probes, on the copy that listens there; what could not be judged has not passed."""
    alone = intent.only(instance)
    rules = [rule for rule in load_rules() if rule.scope.part in PARTS and "live" in rule.planes]
    with verifier_access(alone, outputs) as access:
        endpoints = {instance: replace(access.endpoint(instance), host=address, port=port)}
        results = evaluate(rules, read_stack(Reading(replace(access, endpoints=endpoints), alone, PARTS)))
    wrong = [result for result in results if result.verdict in (Verdict.FAIL, Verdict.UNKNOWN)]
    passed = sum(result.verdict is Verdict.PASS for result in results)
    detail = "; ".join(f"{result.rule} on {result.object}: {result.message}" for result in wrong[:5])
    return Judgement("isolation", not wrong and passed > 0, detail or f"{passed} checks passed")
