"""Which moments of an instance can be restored, measured on what its repository holds and not on its settings."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from infra.model.recovery.position import SEGMENT_BYTES, Position
from infra.model.recovery.repository import Backup, Repository, Segment
from infra.model.recovery.timelines import Era, Timeline, eras


@dataclass(frozen=True, slots=True)
class Span:
    """A backup and the WAL that follows it without a gap: every moment from `earliest` to `latest` can be restored.

    `timeline` is the one that production was on in these moments; `end` is the last segment that is reached.
    """

    backup: Backup
    timeline: int
    earliest: int
    latest: int
    end: Position

    @property
    def is_point(self) -> bool:
        """Whether only the backup's own consistency point can be restored."""
        return self.latest <= self.earliest


@dataclass(frozen=True, slots=True)
class Gap:
    """Missing WAL segments between two archived ones; `after` and `before` are when those were archived."""

    first: Position
    last: Position
    after: int
    before: int

    @property
    def count(self) -> int:
        """How many segments are missing."""
        return self.last.number - self.first.number + 1


@dataclass(frozen=True)
class RecoveryWindow:
    """Seconds since 1970; `earliest` to `latest` is whole. `spans` by backup, oldest first.

    `gaps` lie after the start of the oldest full whose WAL has to be whole. `broken` are backups that lack WAL
    between their own start and stop: they cannot be restored at all.
    """

    earliest: int | None
    latest: int | None
    spans: tuple[Span, ...]
    gaps: tuple[Gap, ...]
    broken: tuple[Backup, ...]

    @property
    def seconds(self) -> int:
        """How long the window is."""
        return self.latest - self.earliest if self.latest is not None and self.earliest is not None else 0

    def span_for(self, moment: int) -> Span | None:
        """The span of the newest backup that holds the moment; one that stopped at or after it cannot be used."""
        fitting = [span for span in self.spans if span.earliest < moment <= span.latest]
        return max(fitting, key=lambda span: span.backup.stop, default=None)

    @property
    def newest(self) -> Span | None:
        """The span that leads to the latest moment, of the newest backup that does."""
        return max(self.spans, key=lambda span: (span.latest, span.timeline, span.backup.stop), default=None)

    def gap_after(self, span: Span) -> Gap | None:
        """The first gap that keeps recovery from going on where the span ends."""
        return next((gap for gap in self.gaps if gap.first.number > span.end.number), None)

    @property
    def continued_since(self) -> int | None:
        """From when on its moments are followed by more transactions: those of a former timeline have a last one."""
        newest = self.newest
        starts = [span.earliest for span in self.spans if newest and span.timeline == newest.timeline]
        return max(min(starts), self.earliest or 0) if starts else None


def measure(repository: Repository, archived_fulls: int) -> RecoveryWindow:
    """The window of a repository whose newest `archived_fulls` full backups keep all WAL since."""
    chain = _Chain(repository.segments)
    usable = [backup for backup in repository.backups if not backup.has_error]
    broken = tuple(backup for backup in usable if not chain.covers(backup))
    passed = eras(repository.timelines)
    spans = tuple(span for backup in usable if backup not in broken for span in _spans(backup, passed, chain))
    earliest, latest = _joined(spans)
    fulls = repository.fulls[-archived_fulls:]
    gaps = chain.gaps(fulls[0].wal_start, passed[-1].timeline) if fulls else []
    return RecoveryWindow(earliest, latest, spans, tuple(gaps), broken)


def _spans(backup: Backup, passed: Iterable[Era], chain: "_Chain") -> list[Span]:
    """One for each timeline that it leads onto.

    Where a timeline was left at its end, by a promotion, the next one has all of it and more: what it wrote last is
    archived as a part of the next one only.
    """
    found: list[Span] = []
    begun = 0
    for era in passed:
        goes_on = bool(found) and chain.ends_before(found[-1].timeline, era.timeline)
        begun = begun if goes_on else era.timeline.created
        span = _span(backup, era, begun, chain)
        if span is None:
            continue
        if goes_on:
            found.pop()
        found.append(span)
    return found


def _span(backup: Backup, era: Era, begun: int, chain: "_Chain") -> Span | None:
    timeline, own = era.timeline, backup.wal_start.timeline == era.timeline.number
    if not timeline.holds(backup.wal_stop.timeline, backup.stop_lsn):
        return None
    last = chain.end(backup.wal_start, timeline)
    if last.position.timeline != timeline.number:
        return None
    # A backup ends its own last segment, which holds nothing later than the backup.
    latest = backup.stop if last.position == backup.wal_stop else max(backup.stop, last.archived)
    if era.ended is not None:
        latest = max(backup.stop, era.ended) if chain.is_last(last) else min(latest, era.ended)
    earliest = backup.stop if own else max(backup.stop, begun)
    return Span(backup, timeline.number, earliest, latest, last.position) if own or latest > earliest else None


def _joined(spans: Iterable[Span]) -> tuple[int | None, int | None]:
    """From when to when one span takes over from the other, backwards from the latest moment."""
    ordered = sorted(spans, key=lambda span: span.latest, reverse=True)
    if not ordered:
        return None, None
    earliest = ordered[0].earliest
    for span in ordered:
        if span.latest >= earliest:
            earliest = min(earliest, span.earliest)
    return earliest, ordered[0].latest


class _Chain:
    """Archived segments as recovery follows them onto a timeline."""

    def __init__(self, segments: Iterable[Segment]) -> None:
        self._by_position = {segment.position: segment for segment in segments}
        self._ends = {position.timeline: position.number for position in sorted(self._by_position)}

    def covers(self, backup: Backup) -> bool:
        """Whether every segment between the backup's start and stop is there."""
        first, last = backup.wal_start, backup.wal_stop
        needed = range(first.number, last.number + 1)
        return all(Position(first.timeline, number) in self._by_position for number in needed)

    def end(self, start: Position, timeline: Timeline) -> Segment:
        """The last segment that is reached from `start` without a gap."""
        reached, number = self._by_position[start], start.number
        if timeline.position(number) == start:
            number += 1
        while (following := self._by_position.get(timeline.position(number))) is not None:
            reached, number = following, number + 1
        return reached

    def is_last(self, segment: Segment) -> bool:
        """Whether its timeline has no later one."""
        return self._ends[segment.position.timeline] == segment.position.number

    def ends_before(self, number: int, following: Timeline) -> bool:
        """Whether the timeline of that number has nothing from where the following one left it."""
        left = following.left_at.get(number)
        return left is not None and self._ends.get(number, 0) < left // SEGMENT_BYTES

    def gaps(self, start: Position, timeline: Timeline) -> Iterable[Gap]:
        """What is missing on the way from `start` to the end of the timeline."""
        numbers = range(start.number, self._ends.get(timeline.number, start.number) + 1)
        way = [timeline.position(number) for number in numbers]
        there = [self._by_position.get(position) for position in way]
        for present, run in groupby(range(len(way)), key=lambda place: there[place] is not None):
            places = list(run)
            after = there[places[0] - 1] if places[0] else None
            before = there[places[-1] + 1] if places[-1] + 1 < len(way) else None
            if not present and after and before:
                yield Gap(way[places[0]], way[places[-1]], after.archived, before.archived)
