"""Timelines of an instance's WAL: when production went over to each, and which WAL and backups lead onto it.

A promotion, and a restore in place, begins a new timeline; the old one may go on past the point where it was left.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from infra.model.recovery.position import SEGMENT_BYTES, Position

_HISTORY = re.compile(r"(?P<cluster>\d+-\d+)/(?P<number>[0-9A-F]{8})\.history$")
_LEFT = re.compile(r"^\s*(\d+)\s+([0-9A-F]+/[0-9A-F]+)", re.MULTILINE)


def parse_lsn(text: str) -> int:
    """`16/B374D848` -> bytes since the beginning of the WAL."""
    high, low = text.split("/")
    return (int(high, 16) << 32) + int(low, 16)


@dataclass(frozen=True, slots=True)
class Timeline:
    """`created` in seconds since 1970, 0 for the first; `left_at`: each timeline before it -> where that was left."""

    number: int
    created: int = 0
    left_at: Mapping[int, int] = field(default_factory=dict)

    def holds(self, timeline: int, lsn: int) -> bool:
        """Whether what that timeline held up to `lsn` is part of this one's past."""
        return timeline == self.number or lsn <= self.left_at.get(timeline, -1)

    def position(self, number: int) -> Position:
        """Where recovery onto this timeline finds the segment of that number."""
        for timeline, lsn in sorted(self.left_at.items()):
            if number < lsn // SEGMENT_BYTES:
                return Position(timeline, number)
        return Position(self.number, number)


@dataclass(frozen=True, slots=True)
class Era:
    """The time that production was on a timeline, in seconds since 1970; `ended` is None for the one it is on."""

    timeline: Timeline
    ended: int | None


def history_paths(listing: Iterable[str]) -> list[str]:
    """The timelines' history files below the stanza's archive."""
    return [path for path in listing if _HISTORY.search(path)]


def timelines_of(
    cluster: str, seen: Iterable[int], histories: Mapping[str, str], times: Mapping[str, int]
) -> tuple[Timeline, ...]:
    """From history files, path -> text and path -> time; a timeline that is seen and has none is a first one."""
    known = {
        int(match["number"], 16): Timeline(int(match["number"], 16), times[path], _left(text))
        for path, text in histories.items()
        if (match := _HISTORY.search(path)) and match["cluster"] == cluster
    }
    first = {number: Timeline(number) for number in seen if number not in known}
    return tuple(sorted((known | first).values(), key=lambda timeline: (timeline.created, timeline.number)))


def eras(timelines: Iterable[Timeline]) -> list[Era]:
    """One after the other, the present one last."""
    ordered = list(timelines)
    past = [Era(timeline, following.created) for timeline, following in pairwise(ordered)]
    return past + [Era(timeline, None) for timeline in ordered[-1:]]


def _left(history: str) -> dict[int, int]:
    return {int(number): parse_lsn(lsn) for number, lsn in _LEFT.findall(history)}
