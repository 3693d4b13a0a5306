"""A plan judged before anything is changed: what the engines and CrossGuard ask."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from infra.model.intent import Intent
from policies.evaluate import Result, Verdict, evaluate
from policies.rule import Rule, Severity, load_rules
from policies.sources.plan import read_plan
from policies.suppression import Suppression, load_suppressions

MANDATORY = Severity.HIGH
"""From this severity on a violation stops the deployment; below it only advises."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One plan-plane finding."""

    rule: Rule
    object: str
    message: str

    @property
    def is_mandatory(self) -> bool:
        """Whether it stops the deployment."""
        return self.rule.severity >= MANDATORY


def plan_rules() -> tuple[Rule, ...]:
    """The rules that judge plans."""
    return tuple(rule for rule in load_rules() if "plan" in rule.planes)


def plan_violations(
    resources: Iterable[Mapping[str, Any]], intent: Intent, suppressions: Iterable[Suppression] | None = None
) -> tuple[Violation, ...]:
    """What is wrong with the plan, worst first; suppressed failures left out.

    `resources` are mappings with urn, type, name, inputs, and optionally parent, protect, retainOnDelete; secrets
    masked, unknown values left out. What the plan does not tell yet is no violation.
    """
    accepted = load_suppressions() if suppressions is None else tuple(suppressions)
    rules = {rule.id: rule for rule in plan_rules()}
    found = evaluate(rules.values(), read_plan(resources, intent))
    failed = (result for result in found if result.verdict is Verdict.FAIL and not _is_accepted(result, accepted))
    violations = (Violation(rules[result.rule], result.object, result.message) for result in failed)
    return tuple(sorted(violations, key=lambda each: (-each.rule.severity, each.rule.id, each.object)))


def _is_accepted(result: Result, accepted: tuple[Suppression, ...]) -> bool:
    return any(suppression.matches(result) for suppression in accepted)
