"""Ctrl-C at any moment: production is untouched, or wholly restored in place, and the same command then succeeds."""

import json
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import docker
import pytest

from tests.backup.on_stack import (
    INSTANCE,
    archive,
    await_full,
    execute,
    in_place,
    make_full,
    query,
    restore_point,
    row_count,
    write_rows,
)
from tests.servers.stack import StackUnderTest

pytestmark = [pytest.mark.docker, pytest.mark.long]
MOMENTS = 5
FIRST_MOMENT = 0.8
"""Seconds by which a command has begun, unless the machine is busy."""
NOT_BEGUN = -signal.SIGINT
"""How a command ends that is interrupted while it is still being loaded: by the signal."""
SOON = 3.0
"""Seconds in which a restore may still be planning."""
ENDS_WITHIN = 30.0


@dataclass(frozen=True)
class Ended:
    """How an interrupted command ended, and how long it went on after the interrupt."""

    code: int
    errors: str
    after: float


def interrupted(stack: StackUnderTest, moment: float, *command: str) -> Ended:
    process = stack.start(*command)
    with suppress(subprocess.TimeoutExpired):
        _, errors = process.communicate(timeout=moment)
        return Ended(process.returncode, errors, 0)
    process.send_signal(signal.SIGINT)
    asked = time.monotonic()
    _, errors = process.communicate(timeout=180)
    return Ended(process.returncode, errors, time.monotonic() - asked)


def moments(whole: float) -> Iterator[float]:
    """One in each part of the time that the whole command takes."""
    part = (whole - FIRST_MOMENT) / MOMENTS
    for number in range(MOMENTS):
        yield FIRST_MOMENT + part * (number + random.random())  # noqa: S311 no secret


def measured(stack: StackUnderTest, *command: str) -> float:
    started = time.monotonic()
    done = stack.command(*command, timeout=300)
    assert done.returncode == 0, done.stderr
    remove_copies(stack)
    return time.monotonic() - started


def copies(stack: StackUnderTest) -> list[str]:
    return [name for name in stack.leftovers() if "-restored-" in name or "-restore" in name or "-room-" in name]


def remove_copies(stack: StackUnderTest) -> None:
    client = docker.from_env()
    for name in copies(stack):
        if name.endswith("-data"):
            client.volumes.get(name).remove()
        else:
            client.containers.get(name).remove(force=True)


def data_directories(stack: StackUnderTest) -> list[str]:
    return sorted(name for name in execute(stack, ["ls", "/var/lib/postgresql"])[1].split() if "data" in name)


@pytest.mark.parametrize("command", [("restore",), ("backup", "run"), ("drill",)], ids=" ".join)
def test_nothing_but_the_repository_of_a_finished_command_changes(
    breakable: StackUnderTest, command: tuple[str, ...], tmp_path: Path
) -> None:
    await_full(breakable)
    label = " ".join(command)
    write_rows(breakable, label, 3)
    rows = row_count(breakable, label)
    started = breakable.container(INSTANCE).attrs["State"]["StartedAt"]
    arguments = [*command, "-i", INSTANCE, *(["--evidence", str(tmp_path)] if command == ("drill",) else [])]
    whole = measured(breakable, *arguments)
    for moment in moments(whole):
        ended = interrupted(breakable, moment, *arguments)
        said = f"after {moment:.1f} of {whole:.1f} s: {ended}"
        assert ended.code in (0, 8, NOT_BEGUN), said
        assert ended.errors.count("error:") == (ended.code == 8), said
        assert "Traceback" not in ended.errors, said
        assert ended.after < ENDS_WITHIN, said
        if ended.code == 0:
            remove_copies(breakable)
        assert copies(breakable) == [], said
        assert row_count(breakable, label) == rows, said
        assert query(breakable, "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'drill%'") == "0", said
        assert execute(breakable, ["pgrep", "-f", "pgbackrest .*[ ]backup"])[0], f"a backup goes on {said}"
    assert breakable.container(INSTANCE).attrs["State"]["StartedAt"] == started
    measured(breakable, *arguments)
    for report in (tmp_path / breakable.name).glob("*.json"):
        assert json.loads(report.read_text())["passed"]
    verified = breakable.command("backup", "verify", "-i", INSTANCE)
    assert verified.returncode == 0, verified.stdout


def test_what_an_interrupted_full_left_does_not_keep_others_from_being_made(breakable: StackUnderTest) -> None:
    make_full(breakable)
    time.sleep(2.1)
    made = "left=backup/$1/$(date -u -d '-1 sec' +%Y%m%d-%H%M%S)F"
    copied = (f"echo x | pgbackrest --stanza=$1 repo-put $left/{name}" for name in ("bundle/1", "backup.manifest.copy"))
    code, output = execute(breakable, ["sh", "-ec", "\n".join([made, *copied]), "sh", INSTANCE])
    assert code == 0, output
    for kind in ("incr", "diff"):
        done = breakable.command("backup", "run", "-i", INSTANCE, "--type", kind)
        assert done.returncode == 0, done.stderr


def test_in_place_the_instance_is_as_it_was_or_wholly_restored(breakable: StackUnderTest) -> None:
    await_full(breakable)
    write_rows(breakable, "kept", 3)
    kept = row_count(breakable, "kept")
    whole = 0.0
    for number in range(MOMENTS + 1):
        point, undone = restore_point(breakable), f"undone {number}"
        write_rows(breakable, undone, 5)
        archive(breakable)
        command = ("restore", "-i", INSTANCE, "--to", f"name:{point}", *in_place(breakable))
        if number == 0:
            whole = measured(breakable, *command)
            assert (row_count(breakable, "kept"), row_count(breakable, undone)) == (kept, 0)
            continue
        moment = list(moments(whole))[number - 1]
        ended = interrupted(breakable, moment, *command)
        said = f"after {moment:.1f} of {whole:.1f} s: {ended}"
        assert ended.code in (0, 8, NOT_BEGUN), said
        assert ended.errors.count("error:") == (ended.code == 8), said
        await_server(breakable)
        assert copies(breakable) == [], said
        assert row_count(breakable, "kept") == kept, said
        is_restored = row_count(breakable, undone) == 0
        assert is_restored or row_count(breakable, undone) == 5, said
        assert is_restored == (ended.code == 0 or "is restored" in ended.errors), said
        assert is_restored or "is as it was" in ended.errors or moment < SOON, said
        if "data.before-restore" in data_directories(breakable):
            assert is_restored, said
            assert "data.before-restore" in ended.errors, said
            execute(breakable, ["rm", "-r", "/var/lib/postgresql/data.before-restore"])
        assert data_directories(breakable) == ["data"], said
    assert breakable.command("backup", "check", "-i", INSTANCE).returncode == 0


def await_server(stack: StackUnderTest) -> None:
    deadline = time.monotonic() + 60
    while execute(stack, ["pg_isready", "--quiet"])[0]:
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_a_store_that_does_not_answer_holds_nobody_up(breakable: StackUnderTest) -> None:
    await_full(breakable)
    store = breakable.container("minio")
    store.pause()
    try:
        for command in (("restore",), ("backup", "window"), ("backup", "check"), ("backup", "run")):
            ended = interrupted(breakable, 4, *command, "-i", INSTANCE)
            assert (ended.code, ended.errors.count("error:")) == (8, 1), ended
            assert ended.after < ENDS_WITHIN, ended
    finally:
        store.unpause()
