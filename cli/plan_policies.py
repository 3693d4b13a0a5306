"""The engine's policy hook: the plan-plane rules over what it is about to do."""

from __future__ import annotations

from collections.abc import Sequence

from cli.planned import plain_resource
from cli.stack_access import StackAccess
from infra.engine.events import PolicyReport
from infra.engine.interface import PlannedResource, PolicyHook
from infra.model.errors import ConfigurationError
from infra.model.intent import Intent
from infra.model.stack import Stack
from infra.patroni.removal import refuse_losing_the_primary
from policies.violations import Violation, plan_violations


def plan_policies(access: StackAccess) -> PolicyHook:
    """Judges a whole plan of one stack; what is high or critical is mandatory and stops the deployment."""
    return lambda planned: [*judge_plan(access.intent, planned), *_lost_primaries(access.declared)]


def _lost_primaries(stack: Stack) -> list[PolicyReport]:
    """What the plan alone cannot say: whether replicas that are to go hold the newest rows."""
    try:
        refuse_losing_the_primary(stack)
    except ConfigurationError as error:
        message = f"{error.message}. {error.hint}"
        return [PolicyReport(policy="replicas_leave_the_primary", message=message, enforcement="mandatory")]
    return []


def judge_plan(intent: Intent, planned: Sequence[PlannedResource]) -> list[PolicyReport]:
    """Every violation of the plan."""
    return [_report(violation) for violation in plan_violations(map(plain_resource, planned), intent)]


def _report(violation: Violation) -> PolicyReport:
    return PolicyReport(
        policy=violation.rule.id,
        message=f"{violation.object}: {violation.message}. {' '.join(violation.rule.fix.split())}",
        enforcement="mandatory" if violation.is_mandatory else "advisory",
    )
