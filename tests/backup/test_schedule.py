"""The schedule in the postgres image: what is due follows from the backups there are."""

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
        self.newest: dict[str, float] = {"full": full, "diff": 0, "incr": 0}
        self._schedule = schedule
        monkeypatch.setattr(schedule, "newest_starts", lambda _: dict(self.newest))
        monkeypatch.setattr(schedule, "back_up", self._back_up)
        self.status: dict[str, Any] = {"newest": {"full": 0, "diff": 0, "incr": 0}}

    def _back_up(self, _: str, kind: str) -> dict[str, Any]:
        if not self.fails:
            self.made.append((kind, self.now))
            self.newest[kind] = self.now
        return {"type": kind, "started": self.now, "finished": self.now + 1, "ok": not self.fails, "message": "why"}

    def tick(self, now: int, options: Any = OPTIONS) -> dict[str, Any]:
        self.now = now
        self.status = self._schedule.tick(now, self.status, options)
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


def test_nothing_is_tried_before_there_is_a_stanza(schedule: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    backups = Backups(schedule, monkeypatch)
    monkeypatch.setattr(schedule, "newest_starts", lambda _: None)
    assert backups.tick(MIDNIGHT)["checked"] == MIDNIGHT
    assert not backups.made


def test_an_unreadable_status_counts_as_none(schedule: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "status.json"
    path.write_text("{half")
    assert schedule.read_status(path) == {}
    schedule.write_status(path, {"checked": 1})
    assert schedule.read_status(path) == {"checked": 1}
    assert [each.name for each in tmp_path.iterdir()] == ["status.json"]
