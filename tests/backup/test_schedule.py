"""The schedule in the postgres image: what is due follows from the backups there are."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from tests.image_script import image_script

DAY, HOUR, MINUTE = 86400, 3600, 60
MIDNIGHT = 20_000 * DAY
OPTIONS = SimpleNamespace(stanza="x", full_minute=120, differential_hours=0)


@pytest.fixture
def schedule() -> ModuleType:
    return image_script("postgres", "backup_schedule")


class Backups:
    """Stands in for pgBackRest: backups take a second, or fail."""

    def __init__(self, schedule: ModuleType, monkeypatch: pytest.MonkeyPatch, full: int = 0) -> None:
        self.now, self.fails, self.made = MIDNIGHT, False, list[tuple[str, int]]()
        self.only_full = False
        self.newest: dict[str, float] = {"full": full, "diff": 0, "incr": 0}
        self.noted: list[dict[str, Any]] = []
        self._schedule = schedule
        monkeypatch.setattr(schedule, "newest_starts", lambda *_: dict(self.newest))
        monkeypatch.setattr(schedule, "back_up", self._back_up)
        self.status: dict[str, Any] = {"newest": {"full": 0, "diff": 0, "incr": 0}}

    def _back_up(self, _: str, kind: str, note: Callable[[], None]) -> dict[str, Any]:
        note()
        fails = self.fails or (self.only_full and kind != "full")
        why = (
            "ERROR: [106]: new backup label 'a' is not later than latest backup label 'b'" if self.only_full else "why"
        )
        if not fails:
            self.made.append((kind, self.now))
            self.newest[kind] = self.now
        message = why if fails else ""
        return {"type": kind, "started": self.now, "finished": self.now + 1, "ok": not fails, "message": message}

    def tick(self, now: int, options: Any = OPTIONS) -> dict[str, Any]:
        self.now = now
        self.status = self._schedule.tick(now, self.status, options, self.noted.append)
        return self.status


def test_the_first_full_is_made_at_once(schedule: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    backups = Backups(schedule, monkeypatch)
    backups.tick(MIDNIGHT + 5)
    assert backups.made == [("full", MIDNIGHT + 5)]


def test_a_full_is_made_once_a_day_at_its_minute(schedule: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    backups = Backups(schedule, monkeypatch, full=MIDNIGHT - 22 * HOUR)
    for minute in range(2 * 24 * 60):
        backups.tick(MIDNIGHT + minute * MINUTE)
    assert backups.made == [("full", MIDNIGHT + 2 * HOUR), ("full", MIDNIGHT + DAY + 2 * HOUR)]


def test_runs_missed_while_the_host_was_down_are_seen_and_made_up_for_by_one(
    schedule: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    backups = Backups(schedule, monkeypatch, full=MIDNIGHT + 2 * HOUR)
    status = backups.tick(MIDNIGHT + 4 * DAY + 12 * HOUR)
    assert len(backups.made) == 1
    assert (status["madeUpFor"], status["missed"], status["due"]) == (3, 0, None)


def test_a_failing_backup_is_tried_again_ever_more_seldom_and_says_what_is_missed(
    schedule: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    backups = Backups(schedule, monkeypatch, full=MIDNIGHT - DAY)
    backups.fails = True
    attempts = 0
    for minute in range(3 * 24 * 60):
        before = backups.status.get("failures", 0)
        attempts += backups.tick(MIDNIGHT + minute * MINUTE)["failures"] > before
    assert 48 * 3 <= attempts <= 48 * 3 + 10
    assert backups.status["missed"] == 3
    assert backups.status["lastRun"]["message"] == "why"
    backups.fails = False
    backups.tick(MIDNIGHT + 4 * DAY)
    assert backups.status["failures"] == 0


def test_what_another_node_made_up_for_is_no_failure_any_more(
    schedule: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    backups = Backups(schedule, monkeypatch, full=MIDNIGHT - DAY)
    backups.fails = True
    assert backups.tick(MIDNIGHT + 3 * HOUR)["failures"] == 1
    backups.newest["full"] = MIDNIGHT + 3 * HOUR
    assert backups.tick(MIDNIGHT + 4 * HOUR)["failures"] == 0


def test_differentials_fill_the_time_between(schedule: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    backups = Backups(schedule, monkeypatch, full=MIDNIGHT - 22 * HOUR)
    options = SimpleNamespace(stanza="x", full_minute=120, differential_hours=6)
    for minute in range(24 * 60):
        backups.tick(MIDNIGHT + minute * MINUTE, options)
    assert [kind for kind, _ in backups.made] == ["diff", "full", "diff", "diff", "diff"]


def test_where_what_an_interrupted_full_left_is_in_the_way_of_a_differential_a_full_is_made(
    schedule: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    backups = Backups(schedule, monkeypatch, full=MIDNIGHT + 3 * HOUR)
    backups.only_full = True
    status = backups.tick(MIDNIGHT + 10 * HOUR, SimpleNamespace(stanza="x", full_minute=120, differential_hours=6))
    assert backups.made == [("full", MIDNIGHT + 10 * HOUR)]
    assert (status["failures"], status["due"], status["lastRun"]["type"]) == (0, None, "full")


def test_nothing_is_tried_before_there_is_a_stanza(schedule: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    backups = Backups(schedule, monkeypatch)
    monkeypatch.setattr(schedule, "newest_starts", lambda *_: None)
    assert backups.tick(MIDNIGHT)["checked"] == MIDNIGHT
    assert not backups.made


def test_a_backup_that_is_being_made_is_noted_before_it_ends(
    schedule: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    backups = Backups(schedule, monkeypatch)
    status = backups.tick(MIDNIGHT)
    (noted,) = backups.noted
    assert noted["running"] == {"type": "full", "started": MIDNIGHT}
    assert noted["checked"] == pytest.approx(time.time(), abs=60)
    assert "running" not in status
    assert status["checked"] == status["lastRun"]["finished"]


def test_while_it_runs_it_is_noted_again_and_again(schedule: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "MINUTE", 0.05)
    notes: list[None] = []
    code = "import sys, time; time.sleep(0.5); print('out'); sys.exit('why')"
    running = subprocess.Popen([sys.executable, "-c", code], stdout=-1, stderr=-1, text=True)
    assert schedule.await_end(running, lambda: notes.append(None)) == ("out\n", "why\n")
    assert len(notes) > 2


def test_what_was_being_made_when_its_scheduler_died_is_forgotten(
    schedule: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "status.json"
    path.write_text(json.dumps({"checked": 1, "running": {"type": "full", "started": 1}}))
    monkeypatch.setattr(schedule, "newest_starts", lambda *_: None)
    schedule.main(["--stanza=x", "--full-minute=120", f"--status={path}"])
    assert "running" not in schedule.read_status(path)


def info_of(*starts: float) -> str:
    """What pgBackRest says of fulls that started then."""
    backups = [{"database": {"id": 1}, "type": "full", "timestamp": {"start": start}} for start in starts]
    return json.dumps([{"db": [{"id": 1}], "backup": backups}])


def test_a_full_from_the_future_does_not_count(schedule: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    said = info_of(MIDNIGHT - DAY, MIDNIGHT + 40 * DAY)
    done = subprocess.CompletedProcess([], 0, stdout=said)
    monkeypatch.setattr(schedule.subprocess, "run", lambda *_, **__: done)
    assert schedule.newest_starts("x", MIDNIGHT)["full"] == MIDNIGHT - DAY


def test_what_was_noted_while_the_clock_ran_ahead_is_looked_at_again(
    schedule: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    backups = Backups(schedule, monkeypatch)
    backups.tick(MIDNIGHT + 40 * DAY)
    backups.newest["full"] = MIDNIGHT - DAY
    backups.tick(MIDNIGHT + 3 * HOUR)
    assert backups.made == [("full", MIDNIGHT + 40 * DAY), ("full", MIDNIGHT + 3 * HOUR)]


def test_a_failure_from_the_future_does_not_keep_it_from_trying(
    schedule: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    backups = Backups(schedule, monkeypatch, full=MIDNIGHT - DAY)
    backups.fails = True
    backups.tick(MIDNIGHT + 40 * DAY)
    assert backups.tick(MIDNIGHT + 3 * HOUR)["failures"] == 2


def test_an_unreadable_status_counts_as_none(schedule: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "status.json"
    path.write_text("{half")
    assert schedule.read_status(path) == {}
    schedule.write_status(path, {"checked": 1})
    assert schedule.read_status(path) == {"checked": 1}
    assert [each.name for each in tmp_path.iterdir()] == ["status.json"]
