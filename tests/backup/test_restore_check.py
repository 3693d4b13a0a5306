"""The restore check in the postgres image: when it is due, what it refuses, and what it says afterwards."""

import json
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from tests.image_script import image_script

DAY, HOUR = 86400, 3600
NOW = 20_000 * DAY
OPTIONS = SimpleNamespace(stanza="postgres-user", database="aqstream")


@pytest.fixture
def check(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    module = image_script("postgres", "restore_check")
    monkeypatch.setattr(module, "COPY", tmp_path / "copy")
    monkeypatch.setattr(module, "SOCKETS", tmp_path / "sockets")
    return module


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ({}, False),
        ({"since": NOW - 6 * HOUR + 1}, False),
        ({"since": NOW - 6 * HOUR}, True),
        ({"passed": NOW - 6 * DAY}, False),
        ({"passed": NOW - 7 * DAY}, True),
        ({"since": 0, "failures": 1, "lastRun": {"finished": NOW - HOUR + 1}}, False),
        ({"since": 0, "failures": 1, "lastRun": {"finished": NOW - HOUR}}, True),
        ({"since": 0, "failures": 3, "lastRun": {"finished": NOW - 4 * HOUR + 1}}, False),
        ({"since": 0, "failures": 50, "lastRun": {"finished": NOW - DAY}}, True),
    ],
)
def test_a_check_is_due_a_week_after_the_last_success_and_tried_again_ever_more_seldom(
    status: dict[str, Any], expected: bool
) -> None:
    assert image_script("postgres", "scheduled").due(NOW, status, 7 * DAY) is expected


def test_a_success_ends_a_row_of_failures(check: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "restore", lambda *_: None)
    status = check.check(NOW, {"failures": 4, "passed": 1}, OPTIONS)
    assert (status["failures"], status["lastRun"]["ok"], status["passed"] > 1) == (0, True, True)


def test_a_failure_keeps_the_last_success_and_says_why(check: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        check.COPY.mkdir()
        raise check.CheckFailed("recovery stopped")

    monkeypatch.setattr(check, "restore", fail)
    status = check.check(NOW, {"failures": 1, "passed": 7.0}, OPTIONS)
    assert (status["failures"], status["passed"], status["lastRun"]["message"]) == (2, 7.0, "recovery stopped")
    assert not check.COPY.exists()
    assert not check.SOCKETS.exists()


def test_without_a_backup_or_without_space_nothing_is_fetched(
    check: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.raises(check.CheckFailed, match="no backup yet"):
        check.required_bytes([{"backup": []}])
    huge = json.dumps([{"backup": [{"info": {"size": 1 << 60}}]}])
    monkeypatch.setattr(check, "HOME", tmp_path)
    monkeypatch.setattr(check, "run", lambda *_: huge)
    with pytest.raises(check.CheckFailed, match="MiB are free"):
        check.restore("postgres-user", "aqstream")


def test_a_command_fails_with_its_own_error(check: ModuleType) -> None:
    with pytest.raises(check.CheckFailed, match=r"sh: ERROR: broken"):
        check.run(["sh", "-c", "echo 'ERROR: broken'; echo later; exit 3"])
