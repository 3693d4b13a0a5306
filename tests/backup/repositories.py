"""Repositories as pgBackRest prints them, made up segment by segment."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from infra.model.recovery.position import SEGMENT_BYTES, Position
from infra.model.recovery.repository import Repository, repository_of

DAY = 86400
NOW = 1_800_000_000
PER_DAY = 24
"""Archived segments of a made-up day."""
SHA1 = "0123456789abcdef0123456789abcdef01234567"


def segment_path(position: Position, cluster: str = "17-1") -> str:
    """Where pgBackRest keeps a segment below the stanza's archive."""
    return f"{cluster}/{position.name[:16]}/{position.name}-{SHA1}.zst"


def listing(segments: Mapping[Position, int], cluster: str = "17-1") -> dict[str, dict[str, Any]]:
    """`repo-ls` of these segments with their times."""
    found = {segment_path(position, cluster): _file(time) for position, time in segments.items()}
    return {".": {"type": "path"}, "archive.info": _file(NOW), **found}


def history(timeline: int, created: int, left_at: Mapping[int, str]) -> tuple[str, str, dict[str, Any]]:
    """A timeline's history in the archive: its path, its text, its entry in the listing."""
    text = "".join(f"{number}\t{place}\tno recovery target specified\n\n" for number, place in left_at.items())
    return f"17-1/{timeline:08X}.history", text, _file(created)


def _file(time: int) -> dict[str, Any]:
    return {"type": "file", "size": 1000, "time": time}


def lsn(number: int, offset: int = 40) -> str:
    """A place in the segment of that number, as PostgreSQL writes it."""
    high, low = divmod(number * SEGMENT_BYTES + offset, 1 << 32)
    return f"{high:X}/{low:X}"


def full(start: int, wal: Position, *, stop: int = 0, error: bool = False, kind: str = "full") -> dict[str, Any]:
    """A backup as `info` describes it; it stops a minute after its start in the same segment."""
    stamp = datetime.fromtimestamp(start, UTC).strftime("%Y%m%d-%H%M%S")
    return {
        "archive": {"start": wal.name, "stop": wal.name},
        "lsn": {"start": lsn(wal.number), "stop": lsn(wal.number, 4096)},
        "database": {"id": 1},
        "error": error,
        "info": {"size": 30 << 20, "repository": {"delta": 4 << 20}},
        "label": f"{stamp}F",
        "timestamp": {"start": start, "stop": stop or start + 60},
        "type": kind,
    }


def info(backups: Iterable[Mapping[str, Any]], code: int = 0, cipher: str = "aes-256-cbc") -> dict[str, Any]:
    """A stanza with these backups."""
    return {
        "name": "postgres-user",
        "cipher": cipher,
        "db": [{"id": 1, "version": "17"}],
        "status": {"code": code, "message": "ok" if not code else "no valid backups"},
        "backup": list(backups),
    }


def daily(
    days: int, *, newest: int = 0, kept_wal_days: int = 8, lost: Iterable[int] = (), **stanza: Any
) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """`days` daily fulls of which the newest ended `newest` seconds ago, and hourly WAL of the newest days.

    Older fulls keep the one segment they need. `lost` are numbers of segments that are gone.
    """
    first = NOW - newest - 60 - (days - 1) * DAY
    starts = [first + day * DAY for day in range(days)]
    backups = [full(start, Position(1, day * PER_DAY)) for day, start in enumerate(starts)]
    kept_from = max(0, days - kept_wal_days) * PER_DAY
    last = (NOW - first) * PER_DAY // DAY
    numbers = {*range(kept_from, last + 1), *(day * PER_DAY for day in range(days))} - set(lost)
    segments = {Position(1, number): min(NOW, first + 61 + number * DAY // PER_DAY) for number in numbers}
    return info(backups, **stanza), listing(segments)


def repository(days: int, **more: Any) -> Repository:
    """The same, read."""
    return repository_of("postgres-user", *daily(days, **more))
