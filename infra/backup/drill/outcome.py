"""A drill carried out to its end, or to what stopped it."""

from collections.abc import Callable
from datetime import UTC, datetime

from infra.backup.drill.report import DrillReport, Judgement
from infra.host.docker_api import failures_of
from infra.host.interruption import checkpoint
from infra.model.errors import CannotCheck, ResourceError

CARRIED_OUT = "carried out"
"""The judgement that a drill has which was stopped by what it restored with."""


def reported(report: DrillReport, drill: Callable[[], None]) -> DrillReport:
    """The report with what the drill adds to it; what stops the drill is a judgement that has not passed.

    An interrupted drill raises, and so does one that cannot begin for reasons of the host or the configuration.
    """
    try:
        with failures_of(f"drill of {report.instance}"):
            drill()
    except (ResourceError, CannotCheck) as error:
        # A command that an interrupt ended fails.
        checkpoint()
        report.judgements.append(Judgement(CARRIED_OUT, passed=False, detail=error.message))
    report.finished = now()
    return report


def now() -> str:
    """The time as reports state it."""
    return datetime.now(UTC).isoformat(timespec="seconds")
