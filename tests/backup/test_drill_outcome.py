"""A drill that something stopped is reported as failed; one that a person stopped is not reported."""

import docker.errors
import pytest

from infra.backup.drill.outcome import CARRIED_OUT, reported
from infra.backup.drill.report import DrillReport, Judgement
from infra.model.errors import AqdataError, Cancelled, CannotCheck, ConfigurationError, ResourceError

PASSED = Judgement("markers", passed=True, detail="")


@pytest.fixture
def report() -> DrillReport:
    return DrillReport("dev", "postgres-user", "2026-03-01T00:00:00+00:00")


@pytest.mark.parametrize(
    "error",
    [
        ResourceError("the disk is full"),
        CannotCheck("the disk is full"),
        docker.errors.DockerException("the disk is full"),
    ],
)
def test_what_stops_a_drill_is_a_judgement_that_has_not_passed(report: DrillReport, error: Exception) -> None:
    def drill() -> None:
        report.judgements.append(PASSED)
        raise error

    found = reported(report, drill)
    assert [each.name for each in found.judgements] == ["markers", CARRIED_OUT]
    assert "the disk is full" in found.judgements[-1].detail
    assert not found.passed
    assert found.finished


@pytest.mark.parametrize("error", [Cancelled("stopped"), ConfigurationError("no such instance")])
def test_what_is_no_fault_of_the_restore_is_raised(report: DrillReport, error: AqdataError) -> None:
    def drill() -> None:
        raise error

    with pytest.raises(type(error)):
        reported(report, drill)
    assert not report.judgements


def test_a_drill_that_ends_has_its_own_judgements_only(report: DrillReport) -> None:
    found = reported(report, lambda: report.judgements.append(PASSED))
    assert found.judgements == [PASSED]
    assert found.passed
    assert found.finished
