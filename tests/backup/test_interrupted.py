"""Ctrl-C at any moment of a restore: production is untouched, nothing half-restored is left, and the next one works."""

import random
import signal
import subprocess
import time

import docker
import pytest

from tests.backup.on_stack import (
    INSTANCE,
    archive,
    await_full,
    copy_at,
    count_in,
    execute,
    query,
    restore_point,
    row_count,
    window,
    write_rows,
)
from tests.servers.stack import StackUnderTest

pytestmark = [pytest.mark.docker, pytest.mark.long]
INTERRUPTED = 8
PARTS = 4
"""Into how many parts the time of a restore is divided; in each of them one is interrupted."""


def moments(seconds: float) -> list[float]:
    """One moment in each part of that time, another one in each run."""
    return [(part + random.random()) * seconds / PARTS for part in range(PARTS)]  # noqa: S311 no secret


def interrupted(stack: StackUnderTest, after: float, *arguments: str) -> tuple[int, str]:
    """Start the command, send SIGINT after that many seconds; its exit code and what it said."""
    process = stack.start("restore", "-i", INSTANCE, *arguments)
    try:
        process.wait(after)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=180)
    return process.returncode, errors


def timed(stack: StackUnderTest, *arguments: str) -> float:
    started = time.monotonic()
    done = stack.command("restore", "-i", INSTANCE, *arguments, timeout=300)
    assert done.returncode == 0, done.stderr
    return time.monotonic() - started


def copies(stack: StackUnderTest) -> set[str]:
    return {name for name in stack.leftovers() if "restored" in name or "-restore" in name or "-room-" in name}


def remove(stack: StackUnderTest, names: set[str]) -> None:

    client = docker.from_env()
    for name in names:
        if not name.endswith("-data"):
            client.containers.get(name).remove(force=True)
    for name in names:
        if name.endswith("-data"):
            client.volumes.get(name).remove()
    assert not copies(stack)


def test_a_copy_is_whole_or_not_there_and_production_never_notices(breakable: StackUnderTest) -> None:
    await_full(breakable)
    write_rows(breakable, "production", 3)
    archive(breakable)
    started = breakable.container(INSTANCE).attrs["State"]["StartedAt"]
    usual = timed(breakable)
    remove(breakable, copies(breakable))
    for after in moments(usual):
        code, errors = interrupted(breakable, after)
        left = copies(breakable)
        if code == 0:
            remove(breakable, left)
            continue
        assert (code, left) == (INTERRUPTED, set()), f"after {after:.2f} of {usual:.2f} s: {errors}"
        assert errors.count("error:") == 1
    assert breakable.container(INSTANCE).attrs["State"]["StartedAt"] == started
    assert row_count(breakable, "production") == 3
    with copy_at(breakable, "latest") as copy:
        assert count_in(copy, "production") == 3


def test_in_place_the_instance_is_as_before_or_wholly_restored(breakable: StackUnderTest) -> None:
    await_full(breakable)
    write_rows(breakable, "kept", 2)
    confirm = ("--in-place", "--confirm", breakable.container(INSTANCE).name)
    usual = timed(breakable, "--to", f"name:{restore_point(breakable)}", *confirm)
    for number, after in enumerate(moments(usual)):
        point, label = restore_point(breakable), f"undone-{number}"
        write_rows(breakable, label, 5)
        code, errors = interrupted(breakable, after, "--to", f"name:{point}", *confirm)
        assert code in (0, INTERRUPTED), f"after {after:.2f} of {usual:.2f} s: {errors}"
        await_writable(breakable)
        assert row_count(breakable, "kept") == 2
        assert row_count(breakable, label) in (0, 5)
        assert not copies(breakable)
        execute(breakable, ["rm", "-rf", "/var/lib/postgresql/data.before-restore"])
    last = restore_point(breakable)
    write_rows(breakable, "last", 1)
    timed(breakable, "--to", f"name:{last}", *confirm)
    assert (row_count(breakable, "kept"), row_count(breakable, "last")) == (2, 0)
    assert window(breakable)["gaps"] == []


def await_writable(stack: StackUnderTest) -> None:
    deadline = time.monotonic() + 60
    while execute(stack, ["psql", "-XqAtc", "SELECT pg_is_in_recovery()", "-d", "postgres"])[1].strip() != "f":
        assert time.monotonic() < deadline
        time.sleep(0.2)
    query(stack, "SELECT 1")
