"""Which moments of an instance can be restored, measured on what its repository holds and not on its settings."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from infra.model.recovery.repository import Backup, Position, Repository, Segment


@dataclass(frozen=True, slots=True)
class Span:
    """A backup and the WAL that follows it without a gap: every moment from `earliest` to `latest` can be restored."""

    backup: Backup
    earliest: int
    latest: int

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
        """The newest span that holds the moment; a backup that stopped at or after it cannot be used."""
        fitting = [span for span in self.spans if span.earliest < moment <= span.latest]
        return fitting[-1] if fitting else None


def measure(repository: Repository, archived_fulls: int) -> RecoveryWindow:
    """The window of a repository whose newest `archived_fulls` full backups keep all WAL since."""
    chain = _Chain(repository.segments)
    usable = [backup for backup in repository.backups if not backup.has_error]
    broken = tuple(backup for backup in usable if not chain.covers(backup))
    spans = tuple(_span(backup, chain) for backup in usable if backup not in broken)
    whole = _reaching_the_end(spans)
    return RecoveryWindow(
        earliest=min((span.earliest for span in whole), default=None),
        latest=max((span.latest for span in whole), default=None),
        spans=spans,
        gaps=tuple(_gaps(repository.segments, _required_from(repository, archived_fulls))),
        broken=broken,
    )


def _span(backup: Backup, chain: "_Chain") -> Span:
    last = chain.end(backup.wal_start)
    # A backup ends its own last segment, which holds nothing later than the backup.
    latest = backup.stop if last.position == backup.wal_stop else max(backup.stop, last.archived)
    return Span(backup, backup.stop, latest)


def _reaching_the_end(spans: Sequence[Span]) -> list[Span]:
    """The spans that go on for as long as the newest one, which together are the window."""
    latest = max((span.latest for span in spans), default=0)
    return [span for span in spans if span.latest == latest]


def _required_from(repository: Repository, archived_fulls: int) -> Position | None:
    fulls = repository.fulls[-archived_fulls:]
    return fulls[0].wal_start if fulls else None


class _Chain:
    """Archived segments as recovery follows them: on one timeline, and over to a newer one where that one begins."""

    def __init__(self, segments: Iterable[Segment]) -> None:
        self._by_position = {segment.position: segment for segment in segments}
        self._newest = max((position.timeline for position in self._by_position), default=0)

    def covers(self, backup: Backup) -> bool:
        """Whether every segment between the backup's start and stop is there."""
        first, last = backup.wal_start, backup.wal_stop
        needed = range(first.number, last.number + 1)
        return all(Position(first.timeline, number) in self._by_position for number in needed)

    def end(self, start: Position) -> Segment:
        """The last segment that is reached from `start` without a gap."""
        reached = self._by_position[start]
        while (following := self._after(reached.position)) is not None:
            reached = following
        return reached

    def _after(self, position: Position) -> Segment | None:
        same = self._by_position.get(Position(position.timeline, position.number + 1))
        return same or self._on_newer_timeline(position)

    def _on_newer_timeline(self, position: Position) -> Segment | None:
        """A promotion starts the new timeline inside the segment it happened in, or right after it."""
        for timeline in range(position.timeline + 1, self._newest + 1):
            for number in (position.number, position.number + 1):
                if found := self._by_position.get(Position(timeline, number)):
                    return found
        return None


def _gaps(segments: Sequence[Segment], required_from: Position | None) -> Iterable[Gap]:
    """Missing numbers between neighbours, whatever timeline each of them is on."""
    if required_from is None:
        return
    needed = sorted(
        (each for each in segments if each.position.number >= required_from.number),
        key=lambda each: (each.position.number, each.position.timeline),
    )
    for one, other in pairwise(needed):
        first, last = one.position.number + 1, other.position.number - 1
        if first <= last:
            timeline = one.position.timeline
            yield Gap(Position(timeline, first), Position(timeline, last), one.archived, other.archived)
