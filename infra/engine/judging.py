"""Asks the policies about a plan, the same for both engines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from infra.engine.events import PolicyReport
from infra.engine.interface import PlannedResource, PolicyHook
from infra.model.errors import PolicyViolation


def judge(policies: PolicyHook, planned: Sequence[PlannedResource], tell: Callable[[PolicyReport], None]) -> None:
    """Tell what the policies say of the plan; raises PolicyViolation when one of the reports is mandatory."""
    reports = policies(planned)
    for report in reports:
        tell(report)
    if forbidding := mandatory(reports):
        raise PolicyViolation(
            f"the plan violates mandatory policies: {', '.join(forbidding)}. Nothing was changed",
            "correct the program or the stack file",
        )


def mandatory(reports: Iterable[PolicyReport]) -> list[str]:
    """The policies that forbid the plan, by name."""
    return sorted({report.policy for report in reports if report.enforcement == "mandatory"})
