"""A restore in place: the instance goes back, or stays exactly as it was."""

import os
import signal
import time

import pytest

from tests.backup.on_stack import (
    INSTANCE,
    await_archived,
    await_full,
    copy_at,
    count_in,
    execute,
    query,
    restore_point,
    row_count,
    switch_wal,
    window,
    write_rows,
)
from tests.servers.stack import StackUnderTest

pytestmark = [pytest.mark.docker, pytest.mark.long]


def restore(stack: StackUnderTest, to: str, *more: str) -> "tuple[int, str]":
    done = stack.command("restore", "-i", INSTANCE, "--to", to, "--in-place", *more, timeout=300)
    return done.returncode, done.stdout + done.stderr


def confirmed(stack: StackUnderTest) -> tuple[str, str]:
    return "--confirm", stack.container(INSTANCE).name


def data_directories(stack: StackUnderTest) -> list[str]:
    return sorted(name for name in execute(stack, ["ls", "/var/lib/postgresql"])[1].split() if "data" in name)


def timeline(stack: StackUnderTest) -> str:
    return query(stack, "SELECT left(pg_walfile_name(pg_current_wal_lsn()), 8)")


def await_server(stack: StackUnderTest) -> None:
    deadline = time.monotonic() + 60
    while execute(stack, ["pg_isready", "--quiet"])[0]:
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_the_name_has_to_be_given(backed_up: StackUnderTest) -> None:
    await_full(backed_up)
    before = backed_up.container(INSTANCE).attrs["State"]["StartedAt"]
    for more in ((), ("--confirm", INSTANCE)):
        code, said = restore(backed_up, "latest", *more)
        assert code == 2
        assert f"add --confirm {backed_up.container(INSTANCE).name}" in said
    assert backed_up.container(INSTANCE).attrs["State"]["StartedAt"] == before


def test_the_instance_goes_back_archives_on_a_new_timeline_and_what_was_undone_stays_restorable(
    backed_up: StackUnderTest,
) -> None:
    await_full(backed_up)
    write_rows(backed_up, "kept", 3)
    point = restore_point(backed_up)
    write_rows(backed_up, "undone", 5)
    time.sleep(2)
    undone = query(backed_up, "SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS')")
    time.sleep(2)
    write_rows(backed_up, "later", 1)
    await_archived(backed_up, switch_wal(backed_up))
    before = timeline(backed_up)

    code, said = restore(backed_up, f"name:{point}", *confirmed(backed_up))

    assert code == 0, said
    assert (row_count(backed_up, "kept"), row_count(backed_up, "undone")) == (3, 0)
    assert timeline(backed_up) > before
    assert data_directories(backed_up) == ["data"]
    assert await_archived(backed_up, switch_wal(backed_up)) < 60
    found = window(backed_up)
    assert found["gaps"] == []
    assert found["seconds"] > 0
    with copy_at(backed_up, undone) as copy:
        assert count_in(copy, "undone") == 5
        assert count_in(copy, "later") == 0
    write_rows(backed_up, "since", 2)
    await_archived(backed_up, switch_wal(backed_up))
    with copy_at(backed_up, "latest") as copy:
        assert [count_in(copy, label) for label in ("kept", "undone", "since")] == [3, 0, 2]


def test_a_target_that_is_not_reached_leaves_the_instance_as_it_was(backed_up: StackUnderTest) -> None:
    await_full(backed_up)
    write_rows(backed_up, "precious", 4)
    code, said = restore(backed_up, "name:never-made", *confirmed(backed_up))
    await_server(backed_up)
    assert code == 4
    assert "recovery ended before configured recovery target was reached" in said
    assert said.count("error:") == 1
    assert row_count(backed_up, "precious") == 4
    assert data_directories(backed_up) == ["data"]
    assert await_archived(backed_up, switch_wal(backed_up)) < 60


@pytest.mark.parametrize("phase", ["%", "stop the server", "recover", "check"])
def test_an_interrupted_restore_leaves_the_instance_as_it_was(backed_up: StackUnderTest, phase: str) -> None:
    await_full(backed_up)
    write_rows(backed_up, phase, 1)
    process = backed_up.start("restore", "-i", INSTANCE, "--in-place", *confirmed(backed_up))
    assert process.stderr is not None
    for line in process.stderr:
        if line.strip().endswith(phase):
            break
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 8, errors
    assert errors.count("error:") == 1
    await_server(backed_up)
    assert row_count(backed_up, phase) == 1
    assert data_directories(backed_up) == ["data"]


def test_after_a_kill_nothing_half_restored_is_served_and_the_next_restore_puts_things_right(
    backed_up: StackUnderTest,
) -> None:
    await_full(backed_up)
    write_rows(backed_up, "before the kill", 1)
    process = backed_up.start("restore", "-i", INSTANCE, "--in-place", *confirmed(backed_up))
    assert process.stderr is not None
    for line in process.stderr:
        if line.strip().endswith("recover"):
            break
    container = backed_up.container(INSTANCE)
    deadline = time.monotonic() + 30
    while f"{container.name}-restore" not in backed_up.leftovers():
        assert time.monotonic() < deadline
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    container.start()
    deadline = time.monotonic() + 30
    while "a restore in place was killed" not in container.logs(tail=20).decode():
        assert time.monotonic() < deadline
        time.sleep(0.5)
    container.stop()
    code, said = restore(backed_up, "latest", *confirmed(backed_up))
    assert code == 0, said
    assert row_count(backed_up, "before the kill") == 1
    assert data_directories(backed_up) == ["data"]


def test_an_instance_whose_data_is_gone_is_restored(backed_up: StackUnderTest) -> None:
    await_full(backed_up)
    write_rows(backed_up, "survives", 6)
    await_archived(backed_up, switch_wal(backed_up))
    container = backed_up.container(INSTANCE)
    execute(backed_up, ["sh", "-c", "rm -rf /var/lib/postgresql/data/base /var/lib/postgresql/data/global"])
    container.stop()
    assert window(backed_up)["spans"], "a stopped instance's repository can be read"
    code, said = restore(backed_up, "latest", *confirmed(backed_up))
    assert code == 0, said
    assert row_count(backed_up, "survives") == 6
