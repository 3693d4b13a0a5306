"""What a node says of its disk, and whom it gives way to."""

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

LEAST = 256 << 20
LEADER = {"name": "db-1", "role": "leader", "state": "running", "tags": {"failover_priority": 1}}


@pytest.fixture(scope="module")
def room() -> ModuleType:
    path = Path(__file__).resolve().parents[3] / "infra" / "images" / "patroni" / "room.py"
    spec = importlib.util.spec_from_file_location("room", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


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
