"""Find a restore point by its name: only the WAL says where it lies, and a backup made after it does not lead to it."""

import re
import secrets
from dataclasses import dataclass

from infra.backup.container import execute, execute_until_interrupted
from infra.backup.pgbackrest import PgBackRest
from infra.model.recovery.position import Position
from infra.model.recovery.repository import Repository, Segment
from infra.model.recovery.timelines import parse_lsn

_FETCH = 'mkdir -p "$1" && pgbackrest --stanza="$2" --no-archive-async archive-get "$3" "$1/$3"'
# A record that begins at a segment's end goes on in the next one, which is there too.
_READ = 'pg_waldump --rmgr=XLOG "$1/$2" ${3:+"$1/$3"} 2>/dev/null; find "$1" -type f ! -name "$2" -delete'
_POINT = re.compile(r"lsn: (?P<lsn>[0-9A-F]+/[0-9A-F]+),.*desc: RESTORE_POINT (?P<name>.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class NamedPoint:
    """`segment` holds it, `lsn` is its place in bytes since the beginning of the WAL."""

    segment: Segment
    lsn: int

    @property
    def place(self) -> str:
        """As PostgreSQL writes it: `16/B374D848`."""
        high, low = divmod(self.lsn, 1 << 32)
        return f"{high:X}/{low:X}"


class Unfetched(Exception):
    """WAL cannot be fetched there: pgBackRest does so beside a cluster only."""


def find_point(program: PgBackRest, repository: Repository, name: str) -> NamedPoint | None:
    """The newest of that name in the archive, looked for from its end; some segments a second. Raises Unfetched."""
    folder = f"/tmp/aqstream-wal-{secrets.token_hex(4)}"  # noqa: S108 the container's own
    following: Position | None = None
    try:
        for segment in sorted(repository.segments, key=lambda each: (each.archived, each.position), reverse=True):
            text = _records(program, folder, segment.position, following)
            found = [match for match in _POINT.finditer(text) if match["name"] == name]
            if found:
                return NamedPoint(segment, parse_lsn(found[-1]["lsn"]))
            following = segment.position
    finally:
        execute(program.container, ["rm", "-rf", folder])
    return None


def leads_to(repository: Repository, timeline: int, start: Position, point: NamedPoint) -> bool:
    """Whether recovery onto that timeline reaches the point from the segment `start` without a gap."""
    found = next(each for each in repository.timelines if each.number == timeline)
    there = {segment.position for segment in repository.segments}
    way = [found.position(number) for number in range(start.number, point.segment.position.number + 1)]
    return bool(way) and way[-1] == point.segment.position and all(position in there for position in way)


def _records(program: PgBackRest, folder: str, segment: Position, following: Position | None) -> str:
    is_next = following == Position(segment.timeline, segment.number + 1)
    until = following.name if following and is_next else ""
    fetched = execute_until_interrupted(
        program.container, ["sh", "-c", _FETCH, "sh", folder, program.stanza, segment.name]
    )
    if fetched.code:
        raise Unfetched(fetched.reason)
    return execute(program.container, ["sh", "-c", _READ, "sh", folder, segment.name, until]).output
