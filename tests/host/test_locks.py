"""A lock is held by one process of the host at a time, whoever started it, and never outlives it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from secrets import token_hex

import pytest

from infra.host.locks import host_lock

_HOLDER = """
import os, sys
from infra.host.locks import host_lock
os.setuid(int(sys.argv[2]))
with host_lock(sys.argv[1], on_wait=lambda: print("waits", flush=True)):
    print("holds", flush=True)
    sys.stdin.read()
"""
_NOBODY = 65534
USERS = [os.getuid(), pytest.param(_NOBODY, marks=pytest.mark.skipif(os.getuid() != 0, reason="only root can"))]


@pytest.fixture
def name() -> str:
    """A lock that no other test of this host takes, longer than most."""
    return f"aqdata-test/{token_hex(64)}"


@contextmanager
def other(name: str, user: int) -> Iterator["subprocess.Popen[bytes]"]:
    """Another process that takes the lock."""
    command = [sys.executable, "-c", _HOLDER, name, str(user)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield process
        process.kill()


def said(process: "subprocess.Popen[bytes]") -> bytes:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_a_free_lock_is_taken_without_waiting_again_and_again(name: str) -> None:
    for _ in range(2):
        with host_lock(name, on_wait=pytest.fail):
            pass


def test_locks_of_other_names_are_free(name: str) -> None:
    with host_lock(name, on_wait=pytest.fail), host_lock(name[:-1], on_wait=pytest.fail):
        pass


@pytest.mark.parametrize("user", USERS)
def test_another_process_is_waited_for_and_a_dead_holder_frees_the_lock(name: str, user: int) -> None:
    with other(name, user) as holder:
        assert said(holder) == b"holds"
        with host_lock(name, on_wait=holder.kill):
            assert holder.wait() != 0


@pytest.mark.parametrize("user", USERS)
def test_another_process_waits_until_the_lock_is_free(name: str, user: int) -> None:
    with host_lock(name, on_wait=pytest.fail), other(name, user) as waiting:
        assert said(waiting) == b"waits"
    with other(name, user) as next_one:
        assert said(next_one) == b"holds"
