"""One drill: write markers, restore to a moment, judge the copy, take it away."""

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property

from infra.backup.checksums import table_checksums
from infra.backup.database import Database
from infra.backup.drill.judge import (
    changelog_judgement,
    changelogs,
    marker_judgement,
    moment_judgement,
    pages_judgement,
    readable_judgement,
    rows_judgement,
    timeline_judgement,
)
from infra.backup.drill.markers import Markers
from infra.backup.drill.outcome import now, reported
from infra.backup.drill.report import DrillReport, Judgement
from infra.backup.drill.scans import Scans
from infra.backup.drill.unchanged import horizon
from infra.backup.primary import server_of
from infra.backup.repository import read_repository
from infra.backup.restore.carry_out import order, plan, restored
from infra.backup.restore.copy import OnProgress, RestoredCopy
from infra.backup.restore.plan import ImpossibleTarget
from infra.backup.restore.target import Target, parse_target
from infra.backup.room import repository_program
from infra.components.postgres_settings import DATABASE
from infra.host.interruption import checkpoint
from infra.model.recovery.window import measure
from infra.model.stack import Stack

Judge = Callable[[str, int], Judgement]
"""Judges isolation on the copy that listens on this address and port."""
RowsJudge = Callable[[Database], Judgement]


class Drill:
    """One drill of one instance."""

    def __init__(self, stack: Stack, instance: str, isolation: Judge, on_progress: OnProgress) -> None:
        self._stack, self._instance, self._isolation, self._on_progress = stack, instance, isolation, on_progress
        self._report = DrillReport(stack.name, instance, now())

    def between_markers(self) -> DrillReport:
        """To a moment of now, of which every row is known."""
        return reported(self._report, self._between_markers)

    def at_random(self, deployed: int) -> DrillReport:
        """To any moment of the window since the schema last changed, the timeline began and the deployment.

        The last one is in seconds since 1970: before it, other passwords and grants held than those that judge.
        """
        return reported(self._report, lambda: self._at_random(deployed))

    def _between_markers(self) -> None:
        with self._marked():
            self._markers.write("before")
            source = Database(self._source, DATABASE)
            oldest, before = horizon(source), table_checksums(source)
            target = self._markers.now()
            scans = Scans(before, table_checksums(source), oldest)
            self._finish_markers()
            self._restore(parse_target(target), frozenset({"before"}), lambda copy: rows_judgement(source, scans, copy))

    def _at_random(self, deployed: int) -> None:
        with self._marked():
            until = datetime.fromisoformat(self._markers.now())
            self._finish_markers()
            self._restore(self._random_target(deployed, until), frozenset(), readable_judgement)

    @contextmanager
    def _marked(self) -> Iterator[None]:
        self._report.cluster = self._markers.cluster()
        try:
            yield
        finally:
            self._markers.remove()

    @cached_property
    def _source(self) -> str:
        return server_of(self._stack, self._instance)

    @cached_property
    def _markers(self) -> Markers:
        return Markers(self._source, secrets.token_hex(6))

    def _finish_markers(self) -> None:
        self._markers.write("after")
        lag = self._markers.archive()
        self._report.recovery_point = self._stack.backups.archive_timeout + lag
        self._report.seconds["archive"] = lag

    def _random_target(self, deployed: int, until: datetime) -> Target:
        with repository_program(self._stack, self._instance) as program:
            window = measure(read_repository(program), self._stack.backups.archived_fulls)
        changed = max((int(last) for _, _, last in changelogs(self._source).values()), default=0)
        earliest = max(window.continued_since or 0, changed, deployed) + 1
        if window.continued_since is None or earliest >= until.timestamp():
            raise ImpossibleTarget(
                f"{self._instance} has no moment that can be restored since its schema, timeline or deployment changed",
                "aqdata drill without --to takes one of now",
            )
        moment = secrets.SystemRandom().uniform(earliest, until.timestamp())
        return parse_target(datetime.fromtimestamp(moment, UTC).isoformat())

    def _restore(self, target: Target, expected: frozenset[str], rows: RowsJudge) -> None:
        wanted = plan(self._stack, self._instance, target)
        self._report.target, self._report.backup = target.text, wanted.backup.label
        clock = time.monotonic()
        with restored(order(self._stack, wanted), self._on_progress, keep=False) as copy:
            self._report.seconds["restore"] = time.monotonic() - clock
            clock = time.monotonic()
            for judgement in self._judgements(copy, target, expected, rows):
                checkpoint()
                self._report.judgements.append(judgement)
            self._report.seconds["judge"] = time.monotonic() - clock

    def _judgements(
        self, copy: RestoredCopy, target: Target, expected: frozenset[str], rows: RowsJudge
    ) -> Iterator[Judgement]:
        yield marker_judgement(self._markers, expected, copy)
        yield moment_judgement(copy, target.moment or datetime.now(UTC))
        yield timeline_judgement(self._source, copy)
        yield changelog_judgement(self._source, copy)
        yield rows(Database(copy.name, DATABASE))
        yield self._isolation(copy.address, copy.port)
        yield pages_judgement(copy)
