"""The plan-plane rules over what an engine is about to do."""

from __future__ import annotations

from collections.abc import Sequence

from cli.planned import plain_resource
from infra.engine.events import PolicyReport
from infra.engine.interface import PlannedResource
from infra.model.intent import Intent
from policies.violations import Violation, plan_violations


def judge_plan(intent: Intent, planned: Sequence[PlannedResource]) -> list[PolicyReport]:
    """Every violation of the plan; what is high or critical is mandatory and stops the deployment."""
    return [_report(violation) for violation in plan_violations(map(plain_resource, planned), intent)]


def _report(violation: Violation) -> PolicyReport:
    return PolicyReport(
        policy=violation.rule.id,
        message=f"{violation.object}: {violation.message}. {' '.join(violation.rule.fix.split())}",
        enforcement="mandatory" if violation.is_mandatory else "advisory",
    )
