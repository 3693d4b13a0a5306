"""Two engines exclude each other from a stack, and a dead one does not."""

import json
import os
import socket
import subprocess
from pathlib import Path

import pytest

from infra.engine.embedded.lock import StackLocked, locked
from tests.engine.conftest import Stack
from tests.engine.programs import Thing


def lock_file(folder: Path, pid: int, hostname: str = "") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "4b0fe9ba-3b5c-4b53-a1f5-5d3d0ed0e9f1.json"
    content = {"pid": pid, "username": "ada", "hostname": hostname or socket.gethostname()}
    path.write_text(json.dumps({**content, "timestamp": "2026-01-01T00:00:00Z"}))
    return path


@pytest.fixture
def folder(stack: Stack) -> Path:
    return stack.root / "state/.pulumi/locks/organization/test/dev"


def test_has_the_form_of_the_pulumi_cli(folder: Path) -> None:
    with locked(folder, "dev") as path:
        assert list(folder.glob("*.json")) == [path]
        content = json.loads(path.read_text())
        assert content.keys() == {"pid", "username", "hostname", "timestamp"}
        assert content["pid"] == os.getpid()
    assert list(folder.glob("*.json")) == []


def test_a_live_process_is_named_and_nothing_is_changed(stack: Stack, folder: Path) -> None:
    path = lock_file(folder, os.getppid())
    error = stack.refuse("up", lambda: Thing("a"))
    assert isinstance(error, StackLocked)
    assert f"ada@{socket.gethostname()} (pid {os.getppid()})" in str(error)
    assert "Nothing was changed" in str(error)
    assert str(path) in error.hint
    assert stack.world.things == {}


def test_a_process_on_another_host_counts_as_alive(stack: Stack, folder: Path) -> None:
    lock_file(folder, 1, "elsewhere")
    assert isinstance(stack.refuse("up", lambda: Thing("a")), StackLocked)


def test_a_dead_process_is_passed_over(stack: Stack, folder: Path) -> None:
    dead = subprocess.Popen(["true"])
    dead.wait()
    path = lock_file(folder, dead.pid)
    stack.up(lambda: Thing("a"))
    assert not path.exists()
    assert stack.world.names() == ["a"]


def test_an_unreadable_lock_counts_as_alive(stack: Stack, folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "x.json").write_text("{")
    assert isinstance(stack.refuse("up", lambda: Thing("a")), StackLocked)


def test_previews_do_not_care(stack: Stack, folder: Path) -> None:
    lock_file(folder, os.getppid())
    assert stack.preview(lambda: Thing("a")).changes == {"create": 2}
