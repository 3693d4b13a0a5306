"""Reports of drills as files that vouch for each other: each names the checksum of the one before it."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

FIRST = "0" * 64
"""What the first report names as the checksum of the one before it."""


@dataclass(frozen=True)
class Evidence:
    """One report. `content` is empty where the file is no JSON any more; `checksum` is the file's SHA-256."""

    path: Path
    content: dict[str, Any]
    checksum: str

    @property
    def finished(self) -> int:
        """When the drill ended by its own word, in seconds since 1970; 0 where it does not say.

        Not the file's time: a copy of the file or `touch` changes that.
        """
        try:
            return int(datetime.fromisoformat(self.content["finished"]).timestamp())
        except (KeyError, TypeError, ValueError):
            return 0


def read_chain(folder: Path) -> Sequence[Evidence]:
    """The reports in the order they were written."""
    return [_read(path) for path in sorted(folder.glob("[0-9]*-*.json"))]


def broken_links(chain: Sequence[Evidence]) -> list[str]:
    """What is wrong with the chain: a removed, edited or foreign file shows in the one that follows it."""
    problems: list[str] = []
    previous = FIRST
    for number, report in enumerate(chain, start=1):
        if report.content.get("number") != number:
            problems.append(f"{report.path.name}: expected number {number}, a report before it is missing")
        if report.content.get("previous") != previous:
            problems.append(f"{report.path.name}: the report before it was changed or removed")
        previous = report.checksum
    backdated = [later.path.name for earlier, later in pairwise(chain) if later.finished < earlier.finished]
    return problems + [f"{name}: it says that it ended before the report before it" for name in backdated]


def last_passed(reports: Sequence[Evidence]) -> Evidence | None:
    """The newest report of a drill that passed."""
    return next((each for each in reversed(reports) if each.content.get("passed") is True), None)


def of_cluster(chain: Sequence[Evidence], instance: str, cluster: str) -> list[Evidence]:
    """The reports about an instance while it was this cluster, as PostgreSQL's system identifier names it."""
    return [
        each for each in chain if each.content.get("instance") == instance and each.content.get("cluster") == cluster
    ]


def _read(path: Path) -> Evidence:
    content = path.read_bytes()
    try:
        found = json.loads(content)
    except ValueError:
        found = {}
    return Evidence(path, found if isinstance(found, dict) else {}, hashlib.sha256(content).hexdigest())
