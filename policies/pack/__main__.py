"""CrossGuard's shell over the rules: hand the stack's resources over and report each violation."""

import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pulumi
from pulumi.runtime.config import get_config_env
from pulumi_policy import (
    EnforcementLevel,
    PolicyPack,
    PolicyResource,
    ReportViolation,
    StackValidationArgs,
    StackValidationPolicy,
)

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from infra.model.intent import Intent
from infra.model.loading import intent_from_engine
from policies.pack.handed_over import NOT_TOLD, planned
from policies.rule import Rule
from policies.violations import MANDATORY, Violation, plan_rules, plan_violations


@cache
def _intent() -> Intent:
    """What the stack that is judged was configured with, wherever that stands."""
    return intent_from_engine(pulumi.get_stack(), get_config_env())


class _Judgement:
    """The violations of one stack, found once although CrossGuard asks for each policy apart."""

    def __init__(self) -> None:
        self._asked: tuple[str, ...] = ()
        self._found: tuple[Violation, ...] = ()

    def of(self, resources: Iterable[PolicyResource]) -> tuple[Violation, ...]:
        plans = [planned(resource) for resource in resources]
        asked = tuple(map(repr, plans))
        if asked != self._asked:
            self._found = plan_violations(plans, _intent())
            self._asked = asked
        return self._found


_JUDGEMENT = _Judgement()


def _policy(rule: Rule) -> StackValidationPolicy:
    def validate(arguments: StackValidationArgs, report: ReportViolation) -> None:
        urns = {resource.name: resource.urn for resource in arguments.resources}
        for violation in _JUDGEMENT.of(arguments.resources):
            if violation.rule.id == rule.id:
                report(f"{violation.object}: {violation.message}. {rule.fix}", urns.get(violation.object))

    level = EnforcementLevel.MANDATORY if rule.severity >= MANDATORY else EnforcementLevel.ADVISORY
    return StackValidationPolicy(rule.id.replace("_", "-"), rule.title, validate, level)


PolicyPack("aqstream", [_policy(rule) for rule in plan_rules() if rule.id not in NOT_TOLD])
