"""What a backup repository holds: backups and archived WAL segments, from what pgBackRest prints of it."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from infra.model.recovery.position import Position
from infra.model.recovery.timelines import Timeline, parse_lsn, timelines_of

_SEGMENT = re.compile(r"(?P<cluster>\d+-\d+)/[0-9A-F]{16}/(?P<name>[0-9A-F]{24})-[0-9a-f]{40}(\.\w+)?$")


@dataclass(frozen=True, slots=True)
class Segment:
    """An archived WAL segment; `archived` in seconds since 1970."""

    position: Position
    archived: int


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup; times in seconds since 1970, sizes in bytes. `cluster` as in the archive's folders: `17-1`."""

    label: str
    kind: str
    start: int
    stop: int
    wal_start: Position
    wal_stop: Position
    stop_lsn: int
    size: int
    stored: int
    has_error: bool
    cluster: str

    @property
    def is_full(self) -> bool:
        """Whether it needs no other backup."""
        return self.kind == "full"


@dataclass(frozen=True)
class Repository:
    """One stanza. `backups` and `timelines` oldest first, `segments` by position; all of one cluster only.

    `code` and `message` are pgBackRest's own verdict, 0 being well; `cipher` is `none` where nothing is encrypted;
    `cluster` is the system identifier of the cluster, the current one. `former`: the same of each cluster that was
    under the stanza's name before, such as one whose volume was lost, and still has backups; the newest first.
    """

    stanza: str
    code: int
    message: str
    cipher: str
    backups: tuple[Backup, ...]
    segments: tuple[Segment, ...]
    timelines: tuple[Timeline, ...]
    cluster: str = ""
    former: tuple["Repository", ...] = ()

    @property
    def fulls(self) -> tuple[Backup, ...]:
        """The full backups that ended without an error, oldest first."""
        return tuple(backup for backup in self.backups if backup.is_full and not backup.has_error)

    def backup(self, label: str) -> Backup | None:
        """The backup of that label."""
        return next((backup for backup in self.backups if backup.label == label), None)


def repository_of(
    stanza: str,
    info: Mapping[str, Any],
    listing: Mapping[str, Mapping[str, Any]],
    histories: Mapping[str, str] | None = None,
) -> Repository:
    """The repository, from a stanza of `info --output=json`, `repo-ls --recurse --output=json` of its archive, and
    the timelines' histories in it, path -> text."""
    databases = info.get("db") or []
    every = [_of_cluster(stanza, info, database, listing, histories or {}) for database in reversed(databases or [{}])]
    former = tuple(each for each in every[1:] if each.backups)
    return replace(every[0], former=former)


def _of_cluster(
    stanza: str,
    info: Mapping[str, Any],
    database: Mapping[str, Any],
    listing: Mapping[str, Mapping[str, Any]],
    histories: Mapping[str, str],
) -> Repository:
    status = info.get("status") or {"code": 1, "message": "missing stanza"}
    cluster = f"{database['version']}-{database['id']}" if database else ""
    every = (_backup(found, info["db"]) for found in info.get("backup") or [])
    backups = sorted((each for each in every if each.cluster == cluster), key=lambda each: each.stop)
    segments = sorted(_segments(listing, cluster), key=lambda segment: segment.position)
    seen = {each.position.timeline for each in segments} | {each.wal_start.timeline for each in backups}
    times = {path: int(listing[path]["time"]) for path in histories}
    return Repository(
        stanza=stanza,
        code=int(status["code"]),
        message=str(status["message"]),
        cipher=str(info.get("cipher", "none")),
        backups=tuple(backups),
        segments=tuple(segments),
        timelines=timelines_of(cluster, seen, histories, times),
        cluster=str(database.get("system-id", "")),
    )


def _backup(found: Mapping[str, Any], databases: Iterable[Mapping[str, Any]]) -> Backup:
    identifier = found["database"]["id"]
    version = next(str(each["version"]) for each in databases if each["id"] == identifier)
    return Backup(
        label=str(found["label"]),
        kind=str(found["type"]),
        start=int(found["timestamp"]["start"]),
        stop=int(found["timestamp"]["stop"]),
        wal_start=Position.of(found["archive"]["start"]),
        wal_stop=Position.of(found["archive"]["stop"]),
        stop_lsn=parse_lsn(found["lsn"]["stop"]),
        size=int(found["info"]["size"]),
        stored=int(found["info"]["repository"]["delta"]),
        has_error=bool(found.get("error")),
        cluster=f"{version}-{identifier}",
    )


def _segments(listing: Mapping[str, Mapping[str, Any]], cluster: str) -> Iterable[Segment]:
    for path, entry in listing.items():
        match = _SEGMENT.match(path)
        if match and match["cluster"] == cluster:
            yield Segment(Position.of(match["name"]), int(entry["time"]))
