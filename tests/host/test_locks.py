"""A lock is held by one process at a time and never outlives it."""

import subprocess
import sys
from pathlib import Path

import pytest

from infra.host.locks import host_lock

_HOLDER = """
import sys
from infra.host.locks import host_lock
with host_lock("aqstream/x", on_wait=lambda: None):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


def test_a_free_lock_is_taken_without_waiting() -> None:
    with host_lock("aqstream/x", on_wait=pytest.fail):
        pass


def test_another_process_is_waited_for_and_a_dead_holder_frees_the_lock() -> None:
    command = [sys.executable, "-c", _HOLDER]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with host_lock("aqstream/x", on_wait=holder.kill):
            assert holder.wait() != 0
