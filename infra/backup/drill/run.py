"""One drill: write markers, restore to the moment between them, judge the copy, take it away."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from infra.backup.checksums import differences, table_checksums
from infra.backup.container import execute
from infra.backup.drill.markers import Markers
from infra.backup.restore.carry_out import order, plan, restored
from infra.backup.restore.copy import OnProgress, RestoredCopy
from infra.backup.restore.recovery import query
from infra.backup.restore.target import parse_target
from infra.components.postgres_settings import DATABASE
from infra.model.stack import Stack

_TIMELINE = "SELECT ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int"
_AMCHECK = ["pg_amcheck", "--database=" + DATABASE, "--install-missing", "--heapallindexed", "--jobs=2"]


@dataclass(frozen=True)
class Judgement:
    """One thing that was checked on the copy."""

    name: str
    passed: bool
    detail: str


Judge = Callable[[int], Judgement]
"""Judges isolation on the copy that listens on this port."""


@dataclass
class DrillReport:
    """What a drill found; `seconds` by phase, `recovery_point` in seconds of writes that a lost host would cost."""

    stack: str
    instance: str
    started: str
    target: str = ""
    backup: str = ""
    judgements: list[Judgement] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    recovery_point: float = 0.0

    @property
    def passed(self) -> bool:
        """Whether everything was checked and right."""
        return bool(self.judgements) and all(judgement.passed for judgement in self.judgements)


class Drill:
    """One drill of one instance."""

    def __init__(self, stack: Stack, instance: str, isolation: Judge, on_progress: OnProgress) -> None:
        self._stack, self._instance, self._isolation, self._on_progress = stack, instance, isolation, on_progress
        self._source = stack.physical(instance)
        self._markers = Markers(self._source, secrets.token_hex(6))
        started = datetime.now(UTC).isoformat(timespec="seconds")
        self._report = DrillReport(stack.name, instance, started)

    def run(self) -> DrillReport:
        """The report. Raises ResourceError where the copy could not even be made."""
        try:
            before, after = self._write_markers()
            wanted = plan(self._stack, self._instance, parse_target(self._report.target))
            self._report.backup = wanted.backup.label
            clock = time.monotonic()
            with restored(order(self._stack, wanted), self._on_progress, keep=False) as copy:
                self._report.seconds["restore"] = time.monotonic() - clock
                self._judge(copy, before, after)
        finally:
            self._markers.remove()
        return self._report

    def _write_markers(self) -> tuple[dict[str, str], dict[str, str]]:
        """Checksums before and after the moment between the markers."""
        self._markers.write("before")
        before = table_checksums(self._source, DATABASE)
        self._report.target = self._markers.now()
        after = table_checksums(self._source, DATABASE)
        self._markers.write("after")
        lag = self._markers.archive()
        self._report.recovery_point = self._stack.backups.archive_timeout + lag
        self._report.seconds["archive"] = lag
        return before, after

    def _judge(self, copy: RestoredCopy, before: dict[str, str], after: dict[str, str]) -> None:
        clock = time.monotonic()
        self._report.judgements += [
            self._marker_judgement(copy),
            self._timeline_judgement(copy),
            _rows_judgement(differences(before, after, table_checksums(copy.name, DATABASE)), len(before)),
            self._isolation(copy.port),
            _pages_judgement(copy),
        ]
        self._report.seconds["judge"] = time.monotonic() - clock

    def _marker_judgement(self, copy: RestoredCopy) -> Judgement:
        found = self._markers.present_in(copy.name)
        return Judgement("markers", found == {"before"}, f"holds {', '.join(sorted(found)) or 'none'}, expected before")

    def _timeline_judgement(self, copy: RestoredCopy) -> Judgement:
        source, restored_ = (int(query(name, "postgres", _TIMELINE)) for name in (self._source, copy.name))
        return Judgement("timeline", restored_ == source + 1, f"{restored_}, the source has {source}")


def _rows_judgement(differing: list[str], tables: int) -> Judgement:
    detail = f"differ in {', '.join(differing)}" if differing else f"{tables} tables as at the moment"
    return Judgement("rows", not differing and tables > 0, detail)


def _pages_judgement(copy: RestoredCopy) -> Judgement:
    ended = execute(copy.name, _AMCHECK)
    return Judgement("amcheck", not ended.code, ended.reason if ended.code else "tables and indexes are whole")
