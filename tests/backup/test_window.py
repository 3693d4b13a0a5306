"""The measured recovery window: what can be restored follows from what is there."""

from hypothesis import given, settings
from hypothesis import strategies as st

from infra.model.recovery.position import Position
from infra.model.recovery.repository import Repository, repository_of
from infra.model.recovery.window import measure
from tests.backup.repositories import DAY, NOW, PER_DAY, daily, full, history, info, listing, lsn, repository

KEPT = 8


def test_thirty_daily_fulls_with_the_wal_of_eight_reach_back_seven_days() -> None:
    window = measure(repository(30), KEPT)
    assert 7 * DAY - 120 <= NOW - (window.earliest or 0) <= 8 * DAY
    assert window.latest == NOW
    assert not window.gaps
    assert not window.broken


def test_a_full_older_than_the_wal_restores_to_its_own_end_only() -> None:
    window = measure(repository(30), KEPT)
    assert [span.is_point for span in window.spans[:-1]] == [True] * 22 + [False] * 7


def test_an_extra_full_shortens_the_window() -> None:
    usual, found = measure(repository(30), KEPT), repository(30, kept_wal_days=7)
    assert measure(found, 7).seconds < usual.seconds


def test_a_lost_segment_is_a_gap_and_ends_every_span_before_it() -> None:
    lost = 29 * PER_DAY - 5
    window = measure(repository(30, lost=[lost]), KEPT)
    assert [(gap.first.number, gap.count) for gap in window.gaps] == [(lost, 1)]
    assert window.earliest == window.spans[-1].earliest
    assert window.span_for(window.gaps[0].before) is None


def test_wal_lost_before_the_required_part_is_no_gap() -> None:
    assert not measure(repository(30), KEPT).gaps


def test_a_backup_without_its_own_wal_cannot_be_restored() -> None:
    window = measure(repository(10, lost=[9 * PER_DAY]), KEPT)
    assert [backup.wal_start.number for backup in window.broken] == [9 * PER_DAY]
    assert all(span.backup.wal_start.number != 9 * PER_DAY for span in window.spans)


def test_a_moment_before_a_backup_had_stopped_needs_an_older_one() -> None:
    window = measure(repository(3, newest=7200), KEPT)
    newest = window.spans[-1]
    assert window.span_for(newest.earliest) == window.spans[-2]
    assert window.span_for(newest.earliest + 1) == newest


def branched(
    backups: list[int], segments: dict[Position, int], forks: dict[int, tuple[int, dict[int, str]]]
) -> Repository:
    """Backups on the first timeline by the number of their segment, and timelines: number -> created, left at."""
    made = [
        full(segments[Position(1, number)] - 10, Position(1, number), stop=segments[Position(1, number)])
        for number in backups
    ]
    found = [history(number, created, left) for number, (created, left) in forks.items()]
    shown = listing(segments) | {path: entry for path, _, entry in found}
    return repository_of("x", info(made), shown, {path: text for path, text, _ in found})


def test_recovery_goes_on_over_a_promotion() -> None:
    segments = {Position(1, 5): NOW - 300, Position(1, 6): NOW - 200, Position(2, 6): NOW - 100, Position(2, 7): NOW}
    window = measure(branched([5], segments, {2: (NOW - 190, {1: lsn(6)})}), KEPT)
    assert (window.earliest, window.latest, window.gaps) == (NOW - 300, NOW, ())
    assert window.newest is not None
    assert window.newest.timeline == 2


PROMOTED = {
    **{Position(1, number): NOW - 1000 + number * 10 for number in range(5, 10)},
    **{Position(2, number): NOW - 800 + number * 10 for number in range(10, 20)},
}


def test_what_a_former_primary_wrote_last_is_on_the_timeline_of_the_promoted_one() -> None:
    """Its last segment, 10, is in the archive as the promoted one's only, and the history came late."""
    window = measure(branched([5], PROMOTED, {2: (NOW - 500, {1: lsn(10)})}), KEPT)
    assert (window.earliest, window.latest, window.gaps) == (NOW - 950, NOW - 610, ())
    for moment in (NOW - 940, NOW - 905, NOW - 700):
        span = window.span_for(moment)
        assert span is not None
        assert span.timeline == 2
    assert window.continued_since == NOW - 950


def test_until_the_promoted_one_has_archived_its_former_timeline_is_what_there_is() -> None:
    segments = {place: time for place, time in PROMOTED.items() if place.timeline == 1}
    window = measure(branched([5], segments, {2: (NOW - 800, {1: lsn(10)})}), KEPT)
    span = window.span_for(NOW - 930)
    assert span is not None
    assert span.timeline == 1


RESTORED_IN_PLACE = {
    **{Position(1, number): NOW - 1000 + number * 10 for number in range(5, 15)},
    **{Position(2, number): NOW - 500 + number * 10 for number in range(8, 20)},
}
FORK = {2: (NOW - 800, {1: lsn(8)})}
"""Backups in segments 5 and 12; at -800 the instance was put back to where segment 8 was being written."""


def test_after_a_restore_in_place_each_moment_is_on_the_timeline_that_production_was_on() -> None:
    window = measure(branched([5, 12], RESTORED_IN_PLACE, FORK), KEPT)
    assert (window.earliest, window.latest, window.gaps) == (NOW - 950, NOW - 310, ())
    undone, since = window.span_for(NOW - 870), window.span_for(NOW - 400)
    assert undone is not None
    assert since is not None
    assert (undone.timeline, undone.backup.wal_start.number) == (1, 12)
    assert (since.timeline, since.backup.wal_start.number) == (2, 5)


def test_moments_that_are_surely_followed_by_transactions_begin_with_the_newest_timeline() -> None:
    assert measure(branched([5, 12], RESTORED_IN_PLACE, FORK), KEPT).continued_since == NOW - 800
    usual = measure(repository(30), KEPT)
    assert usual.continued_since == usual.earliest
    assert measure(repository(0), KEPT).continued_since is None


def test_a_backup_of_what_was_undone_leads_to_nothing_after_it() -> None:
    window = measure(branched([5, 12], RESTORED_IN_PLACE, FORK), KEPT)
    assert window.newest is not None
    assert window.newest.backup.wal_start.number == 5
    assert measure(branched([12], RESTORED_IN_PLACE, FORK), KEPT).latest == NOW - 800


def test_a_segment_lost_after_a_restore_in_place_is_not_hidden_by_one_of_the_same_number_before_it() -> None:
    segments = {place: time for place, time in RESTORED_IN_PLACE.items() if place != Position(2, 12)}
    window = measure(branched([5], segments, FORK), KEPT)
    assert [(gap.first, gap.count) for gap in window.gaps] == [(Position(2, 12), 1)]


def test_what_an_earlier_cluster_left_behind_does_not_count() -> None:
    backup = full(NOW - 400, Position(1, 5))
    old = backup | {"database": {"id": 1}, "label": "old"}
    databases = {"db": [{"id": 1, "version": "17"}, {"id": 2, "version": "17"}]}
    found = repository_of("x", info([old]) | databases, listing({Position(1, 5): NOW}))
    assert not found.backups
    assert not found.segments


def test_the_backups_of_a_former_cluster_have_a_window_of_their_own() -> None:
    stanza, shown = daily(3)
    databases = {"db": [{"id": 1, "version": "17", "system-id": 11}, {"id": 2, "version": "17", "system-id": 22}]}
    found = repository_of("x", stanza | databases, shown)
    (former,) = found.former
    assert (found.cluster, found.backups) == ("22", ())
    assert (former.cluster, len(former.backups)) == ("11", 3)
    assert measure(former, KEPT) == measure(repository(3), KEPT)


def test_an_empty_repository_has_no_window() -> None:
    window = measure(repository_of("x", {}, {}), KEPT)
    assert (window.earliest, window.latest, window.spans) == (None, None, ())


@settings(deadline=None)
@given(st.integers(1, 40), st.sets(st.integers(0, 40 * PER_DAY), max_size=5))
def test_every_moment_of_the_window_has_a_backup_before_it_and_whole_wal(days: int, lost: set[int]) -> None:
    found = repository(days, lost=lost)
    window = measure(found, KEPT)
    there = {segment.position.number for segment in found.segments}
    for span in window.spans:
        until = max((s.position.number for s in found.segments if s.archived <= span.latest), default=0)
        if not span.is_point:
            assert set(range(span.backup.wal_start.number, until + 1)) <= there


@given(st.integers(0, 2**24))
def test_positions_and_file_names_say_the_same(number: int) -> None:
    assert Position.of(Position(3, number).name) == Position(3, number)
