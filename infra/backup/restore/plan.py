"""Decide how a target is reached, or why it cannot be, before anything is touched."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from infra.backup.restore.named_point import NamedPoint, leads_to
from infra.backup.restore.target import Target
from infra.model.errors import ResourceError
from infra.model.recovery.position import SEGMENT_BYTES, Position
from infra.model.recovery.repository import Backup, Repository
from infra.model.recovery.window import Gap, RecoveryWindow, Span

SPARE_BYTES = 512 << 20
BYTES_PER_SECOND = 60 << 20
SEGMENTS_PER_SECOND = 4
START_SECONDS = 4
LISTING = "aqdata backup list"


class ImpossibleTarget(ResourceError):
    """Nothing in the repository leads to the target; the hint names what can be restored."""


class MissingWal(ResourceError):
    """WAL is archived behind a gap: `latest` would silently be the moment before the gap."""


@dataclass(frozen=True)
class RestorePlan:
    """The backup to start from and what it takes; `expected` in seconds, `space` in bytes of the new data volume.

    `timeline` is named to pgBackRest: by default recovery follows the newest one, which an older moment is not on.
    `point` is where a name was found: by the name recovery would end at the first of that name after the backup.
    `end` is the segment that recovery to the latest moment has to get to.
    """

    instance: str
    target: Target
    backup: Backup
    timeline: int
    segments: int
    space: int
    expected: float
    point: NamedPoint | None = None
    end: Position | None = None

    @property
    def options(self) -> Sequence[str]:
        """pgBackRest's options for it."""
        chosen, timeline = [f"--set={self.backup.label}"], f"--target-timeline={self.timeline}"
        match self.target.kind:
            case "latest":
                return [*chosen, "--type=default", timeline]
            case "backup":
                return [*chosen, "--type=immediate", "--target-action=promote"]
        kind, aim = self._aim
        return [*chosen, f"--type={kind}", f"--target={aim}", "--target-action=promote", timeline]

    @property
    def _aim(self) -> tuple[str, str]:
        if self.point:
            return "lsn", self.point.place
        return self.target.kind, self.target.text.replace("T", " ") if self.target.kind == "time" else self.target.text


def plan_restore(
    repository: Repository,
    window: RecoveryWindow,
    target: Target,
    point: NamedPoint | None = None,
    *,
    listing: str = LISTING,
) -> RestorePlan:
    """`point` is where a name lies; without it the newest backup is taken. Raises ImpossibleTarget and MissingWal.

    `listing` is the command that shows what can be restored.
    """
    span = _span(repository, window, target, point)
    if span is None:
        raise _impossible(repository.stanza, window, target, listing)
    if target.kind == "latest" and (gap := window.gap_after(span)):
        raise _missing(repository.stanza, window, gap, listing)
    backup = span.backup
    until = target.seconds if target.kind == "time" else point.segment.archived if point else span.latest
    segments = 0 if target.kind == "backup" else _segments_between(repository, backup, until)
    space = backup.size + segments * SEGMENT_BYTES + SPARE_BYTES
    expected = START_SECONDS + backup.size / BYTES_PER_SECOND + segments / SEGMENTS_PER_SECOND
    end = span.end if target.kind == "latest" else None
    return RestorePlan(repository.stanza, target, backup, span.timeline, segments, space, expected, point, end)


def _span(repository: Repository, window: RecoveryWindow, target: Target, point: NamedPoint | None) -> Span | None:
    match target.kind:
        case "backup":
            return next((span for span in window.spans if span.backup.label == target.text), None)
        case "time":
            return window.span_for(target.seconds)
        case "name" if point:
            return _span_before(repository, window, point)
    return window.newest


def _impossible(stanza: str, window: RecoveryWindow, target: Target, listing: str) -> ImpossibleTarget:
    if window.newest is None:
        hint = f"`{listing}` shows what there is; aqdata backup run -i {stanza}"
        return ImpossibleTarget(f"{stanza} has no backup that can be restored", hint)
    return ImpossibleTarget(f"{stanza} cannot be restored to {target}", f"possible: {possible(window, listing)}")


def _missing(stanza: str, window: RecoveryWindow, gap: Gap, listing: str) -> MissingWal:
    return MissingWal(
        f"{stanza} cannot be restored to latest: {gap.count} segments of its WAL are missing from {gap.first.name} on, "
        f"and what was archived after them is out of reach until the next backup (aqdata backup run -i {stanza})",
        f"possible: {possible(window, listing)}",
    )


def _span_before(repository: Repository, window: RecoveryWindow, point: NamedPoint) -> Span | None:
    fitting = (
        span
        for span in window.spans
        if span.backup.stop_lsn < point.lsn and leads_to(repository, span.timeline, span.backup.wal_start, point)
    )
    return max(fitting, key=lambda span: span.backup.stop, default=None)


def possible(window: RecoveryWindow, listing: str = LISTING) -> str:
    """What can be restored, in words."""
    merged: list[tuple[int, int]] = []
    for span in sorted(window.spans, key=lambda span: span.earliest):
        if merged and span.earliest <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], span.latest))
        else:
            merged.append((span.earliest, span.latest))
    times = [f"after {_iso(start)} until {_iso(end)}" for start, end in merged if end > start]
    newest = max((span.backup for span in window.spans), key=lambda backup: backup.label)
    return "; ".join([*times, f"or backup:{newest.label} and the others that `{listing}` shows"])


def _segments_between(repository: Repository, backup: Backup, until: int) -> int:
    start = backup.wal_start
    return sum(
        segment.position.number >= start.number and segment.archived <= until + 60 for segment in repository.segments
    )


def _iso(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
