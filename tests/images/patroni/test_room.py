"""What a node says of its disk, and whom it gives way to."""

from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.image_script import image_script

LEAST = 256 << 20
LEADER = {"name": "db-1", "role": "leader", "state": "running", "tags": {"failover_priority": 1}}


@pytest.fixture(scope="module")
def room() -> ModuleType:
    return image_script("patroni", "room")


def replica(name: str, lag: int | str = 0, priority: int = 2, role: str = "replica") -> dict[str, Any]:
    tags = {"failover_priority": priority}
    return {"name": name, "role": role, "state": "streaming", "lag": lag, "tags": tags}


def test_a_node_with_too_little_room_comes_last(room: ModuleType) -> None:
    assert room.priority_of(LEAST - 1, LEAST, room.FIRST) == room.LAST
    assert room.priority_of(LEAST, LEAST, room.FIRST) == room.FIRST


def test_a_little_more_room_is_not_enough_to_come_first_again(room: ModuleType) -> None:
    assert room.priority_of(2 * LEAST - 1, LEAST, room.LAST) == room.LAST
    assert room.priority_of(2 * LEAST, LEAST, room.LAST) == room.FIRST


def test_the_one_that_is_least_behind_takes_over(room: ModuleType) -> None:
    assert room.successor([LEADER, replica("db-2", 500), replica("db-3", 10)]) == "db-3"


def test_nobody_without_room_takes_over(room: ModuleType) -> None:
    assert room.successor([LEADER, replica("db-2", 500), replica("db-3", 0, priority=1)]) == "db-2"
    assert room.successor([LEADER, replica("db-2", priority=1), replica("db-3", priority=1)]) is None


def test_where_some_are_synchronous_nobody_else_takes_over(room: ModuleType) -> None:
    members = [LEADER, replica("db-2"), replica("db-3", 500, role="quorum_standby")]
    assert room.successor(members) == "db-3"
    assert room.successor([LEADER, replica("db-2"), replica("db-3", priority=1, role="quorum_standby")]) is None


def test_one_whose_distance_is_unknown_does_not_take_over(room: ModuleType) -> None:
    assert room.successor([LEADER, replica("db-2", "unknown")]) is None


def program(folder: Path, name: str, script: str) -> None:
    """A stand-in for a program of the image."""
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


@pytest.mark.parametrize(
    ("state", "control", "sends_wal", "is_ended"),
    [
        pytest.param("stopping", "in crash recovery", False, True, id="crashed"),
        pytest.param("stopping", "in production", False, True, id="crashed a moment ago"),
        pytest.param("stopping", "in production", True, False, id="slow before its last checkpoint"),
        pytest.param("stopping", "shutting down", False, False, id="slow in its last checkpoint"),
        pytest.param("stopping", "shut down", False, False, id="slow after its last checkpoint"),
        pytest.param("stopping", "", False, False, id="unknown"),
        pytest.param("ready   ", "in production", True, False, id="running"),
        pytest.param("standby ", "in archive recovery", False, False, id="a replica"),
    ],
)
def test_only_a_server_that_crashed_before_it_could_stop_is_ended(  # noqa: PLR0917 what there is to be seen
    room: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    state: str,
    control: str,
    sends_wal: bool,
    is_ended: bool,
) -> None:
    status, asked = tmp_path / "postmaster.pid", tmp_path / "asked"
    status.write_text(f"42\n{tmp_path}\n{state}\n")
    program(tmp_path, "pg_ctl", f'echo "$@" >{asked}')
    program(tmp_path, "pg_controldata", f"echo 'Database cluster state:               {control}'")
    program(tmp_path, "pgrep", f"exit {int(not sends_wal)}")
    monkeypatch.setattr(room, "STATUS", status)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    room.end_what_hangs()
    assert asked.exists() == is_ended
    assert not is_ended or asked.read_text() == f"stop --pgdata={tmp_path} --mode=immediate --no-wait\n"


def test_no_server_is_ended_where_none_runs(room: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "STATUS", tmp_path / "postmaster.pid")
    monkeypatch.setenv("PATH", "")
    room.end_what_hangs()
