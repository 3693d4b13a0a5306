"""Reports of drills as files that vouch for each other: each names the checksum of the one before it."""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from infra.model.loading import ROOT

EVIDENCE = ROOT / ".state" / "drills"
"""Where reports are kept unless another folder is named, in one folder for each stack."""
_NAME = re.compile(r"\d+-.*\.json")
FIRST = "0" * 64
"""What the first report names as the checksum of the one before it."""


@dataclass(frozen=True)
class Evidence:
    """One report. `content` is empty where the file is no JSON any more; `checksum` is the file's SHA-256."""

    path: Path
    content: dict[str, Any]
    checksum: str

    @property
    def number(self) -> int:
        """Its place in the chain, by the file's name."""
        return int(self.path.name.partition("-")[0])

    @property
    def finished(self) -> int:
        """When the drill ended by its own word, in seconds since 1970; 0 where it does not say.

        Not the file's time: a copy of the file or `touch` changes that.
        """
        return seconds_of(self.content.get("finished"))

    @property
    def kept(self) -> int:
        """When it was put behind the report before it, never before that one; reports once said no more than the end.

        The order of the ends is another: of drills side by side, and where a clock is put right.
        """
        return seconds_of(self.content.get("kept", self.content.get("finished")))


def read_chain(folder: Path) -> Sequence[Evidence]:
    """The reports in the order they were written."""
    named = (path for path in folder.glob("*.json") if _NAME.match(path.name))
    return sorted(map(_read, named), key=lambda report: (report.number, report.path.name))


def broken_links(chain: Sequence[Evidence]) -> list[str]:
    """What is wrong with the chain: a removed, edited or foreign file shows in the one that follows it."""
    problems: list[str] = []
    previous, number = FIRST, 0
    for report in chain:
        if report.content.get("number") != number + 1:
            problems.append(f"{report.path.name}: expected number {number + 1}, a report before it is missing")
        if report.content.get("previous") != previous:
            problems.append(f"{report.path.name}: the report before it was changed or removed")
        previous, number = report.checksum, report.number
    backdated = [later.path.name for earlier, later in pairwise(chain) if later.kept < earlier.kept]
    problems += [f"{name}: it says that it was kept before the report before it" for name in backdated]
    postdated = [each.path.name for each in chain if each.finished > each.kept]
    return problems + [f"{name}: it says that it ended after it was kept" for name in postdated]


def seconds_of(stated: Any) -> int:
    """A time as reports state it, in seconds since 1970; 0 where it is none."""
    try:
        return int(datetime.fromisoformat(stated).astimezone(UTC).timestamp())
    except (TypeError, ValueError, OverflowError):
        return 0


def last_passed(reports: Sequence[Evidence]) -> Evidence | None:
    """The newest report of a drill that passed."""
    return next((each for each in reversed(reports) if each.content.get("passed") is True), None)


def of_data(chain: Sequence[Evidence], server: str, *data: str) -> list[Evidence]:
    """The reports about a server while it had one of these: clusters of PostgreSQL, data folders of Redis."""
    return [each for each in chain if each.content.get("instance") == server and each.content.get("cluster") in data]


def _read(path: Path) -> Evidence:
    content = path.read_bytes()
    try:
        found = json.loads(content)
    except ValueError:
        found = {}
    return Evidence(path, found if isinstance(found, dict) else {}, hashlib.sha256(content).hexdigest())
