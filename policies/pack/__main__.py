"""CrossGuard's shell over the rules: hand the stack's resources over and report each violation."""

import sys
from pathlib import Path
from typing import Any

import pulumi
from pulumi_policy import EnforcementLevel, PolicyPack, ReportViolation, StackValidationArgs, StackValidationPolicy

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from infra.model.loading import load_intent
from policies.rule import Rule
from policies.violations import MANDATORY, plan_rules, plan_violations


def _planned(resource: Any) -> dict[str, Any]:
    return {
        "urn": resource.urn,
        "type": resource.resource_type,
        "name": resource.name,
        "inputs": resource.props,
        "protect": resource.opts.protect,
    }


def _policy(rule: Rule) -> StackValidationPolicy:
    def validate(arguments: StackValidationArgs, report: ReportViolation) -> None:
        intent = load_intent(pulumi.get_stack())
        for violation in plan_violations(map(_planned, arguments.resources), intent):
            if violation.rule.id == rule.id:
                report(f"{violation.object}: {violation.message}. {rule.fix}", None)

    level = EnforcementLevel.MANDATORY if rule.severity >= MANDATORY else EnforcementLevel.ADVISORY
    return StackValidationPolicy(rule.id.replace("_", "-"), rule.title, validate, level)


PolicyPack("aqstream", [_policy(rule) for rule in plan_rules()])
