"""A restore is planned, or refused with what is possible, before anything is touched."""

from datetime import UTC, datetime

import pytest

from infra.backup.restore.named_point import NamedPoint
from infra.backup.restore.plan import ImpossibleTarget, MissingWal, RestorePlan, plan_restore
from infra.backup.restore.space import require_space
from infra.backup.restore.target import parse_target
from infra.model.errors import ConfigurationError, ResourceError
from infra.model.recovery.position import SEGMENT_BYTES, Position
from infra.model.recovery.repository import Repository
from infra.model.recovery.window import measure
from tests.backup.repositories import DAY, NOW, PER_DAY, repository


def planned(found: Repository, to: str) -> RestorePlan:
    return plan_restore(found, measure(found, 8), parse_target(to))


def named(found: Repository, number: int, *, timeline: int = 1) -> RestorePlan:
    segment = next(each for each in found.segments if each.position == Position(timeline, number))
    point = NamedPoint(segment, number * SEGMENT_BYTES + (8 << 20))
    return plan_restore(found, measure(found, 8), parse_target("name:release"), point)


def test_a_name_is_reached_from_the_newest_backup_before_it_and_not_from_one_after_it() -> None:
    found = repository(30)
    assert named(found, 28 * PER_DAY + 5).backup == found.fulls[28]
    assert named(found, 29 * PER_DAY - 1).backup == found.fulls[28]
    assert named(found, 29 * PER_DAY).backup == found.fulls[29]


def test_a_name_is_reached_by_its_place_since_there_may_be_an_older_one_of_that_name() -> None:
    plan = named(repository(30), 28 * PER_DAY + 5)
    assert {"--type=lsn", "--target=2/A5800000"} <= set(plan.options)


def test_a_name_behind_a_gap_needs_a_backup_after_the_gap() -> None:
    found = repository(30, lost=[28 * PER_DAY + 3])
    assert named(found, 28 * PER_DAY + 2).backup == found.fulls[28]
    with pytest.raises(ImpossibleTarget):
        named(found, 28 * PER_DAY + 5)


def at(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def test_a_time_is_reached_from_the_newest_backup_that_ended_before_it() -> None:
    plan = planned(repository(30), at(NOW - 2 * DAY - 3600))
    assert plan.backup == repository(30).fulls[-4]
    assert f"--set={plan.backup.label}" in plan.options
    assert "--type=time" in plan.options
    assert "--target-action=promote" in plan.options


@pytest.mark.parametrize("moment", [NOW - 100 * DAY, NOW + DAY, NOW - 9 * DAY])
def test_a_moment_outside_the_window_is_refused_with_the_possible_ones(moment: int) -> None:
    with pytest.raises(ImpossibleTarget) as refused:
        planned(repository(30), at(moment))
    assert "possible: after" in refused.value.hint


def test_a_moment_in_a_gap_is_refused() -> None:
    found = repository(30, lost=[28 * PER_DAY + 10])
    with pytest.raises(ImpossibleTarget):
        planned(found, at(found.fulls[28].stop + 11 * 3600))


def test_latest_is_refused_where_it_would_be_the_moment_before_a_gap() -> None:
    lost = 29 * PER_DAY + 5
    found = repository(30, newest=12 * 3600, lost=[lost, lost + 1])
    with pytest.raises(MissingWal) as refused:
        planned(found, "latest")
    assert f"2 segments of its WAL are missing from {Position(1, lost).name} on" in refused.value.message
    assert "possible: after" in refused.value.hint
    assert planned(found, at(found.fulls[-1].stop + 3600)).backup == found.fulls[-1]


def test_latest_passes_over_a_gap_that_a_newer_backup_is_behind() -> None:
    found = repository(30, newest=12 * 3600, lost=[28 * PER_DAY + 5])
    plan = planned(found, "latest")
    assert (plan.backup, plan.end) == (found.fulls[-1], found.segments[-1].position)


def test_an_old_full_restores_to_its_own_end() -> None:
    found = repository(30)
    plan = planned(found, f"backup:{found.fulls[0].label}")
    assert "--type=immediate" in plan.options
    assert plan.segments == 0


def test_an_unknown_backup_is_refused() -> None:
    with pytest.raises(ImpossibleTarget):
        planned(repository(30), "backup:20200101-000000F")


def test_a_named_point_and_the_latest_state_start_from_the_newest_backup() -> None:
    found = repository(30)
    expected = [f"--set={found.fulls[-1].label}", "--type=default", "--target-timeline=1"]
    assert planned(found, "latest").options == expected
    assert "--target=before release" in planned(found, "name:before release").options


def test_a_restore_without_space_is_refused() -> None:
    with pytest.raises(ResourceError, match="MiB free"):
        require_space("x", planned(repository(3), "latest").space, 1 << 20, "Docker's storage")


def test_a_repository_without_backups_can_restore_nothing() -> None:
    with pytest.raises(ImpossibleTarget, match="no backup"):
        planned(repository(0), "latest")


@pytest.mark.parametrize("text", ["junk", "backup:", "name:", "name:a'; DROP", "2026-13-01", ""])
def test_what_is_no_target_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="is no target"):
        parse_target(text)


@pytest.mark.parametrize("text", ["9999-12-31T23:00:00-05:00", "0001-01-01T00:00:00+05:00"])
def test_a_time_that_utc_has_not_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="is no target"):
        parse_target(text)


def test_a_time_without_a_zone_is_utc() -> None:
    assert parse_target("2026-03-01T12:00").text == "2026-03-01T12:00:00.000000+00:00"
    assert parse_target("2026-03-01T14:00+02:00").text == "2026-03-01T12:00:00.000000+00:00"
