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
    make_full,
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


def test_what_an_earlier_recovery_fetched_ahead_is_not_read(breakable: StackUnderTest) -> None:
    """It may be the WAL of another cluster that was in this place."""
    await_full(breakable)
    make_full(breakable)
    write_rows(breakable, "after the backup", 2)
    segment = switch_wal(breakable)
    await_archived(breakable, segment)
    folder, last = f"/var/lib/postgresql/spool/archive/{INSTANCE}/in", int(segment[16:], 16)
    names = [f"{folder}/{segment[:16]}{number:08X}" for number in range(max(last - 2, 0), last + 2)]
    assert execute(breakable, ["mkdir", "-p", folder])[0] == 0
    assert execute(breakable, ["truncate", "--size=16M", *names])[0] == 0
    code, said = restore(breakable, "latest", *confirmed(breakable))
    assert code == 0, said
    assert row_count(breakable, "after the backup") == 2


def test_the_name_has_to_be_given(breakable: StackUnderTest) -> None:
    await_full(breakable)
    before = breakable.container(INSTANCE).attrs["State"]["StartedAt"]
    for more in ((), ("--confirm", INSTANCE)):
        code, said = restore(breakable, "latest", *more)
        assert code == 2
        assert f"add --confirm {breakable.container(INSTANCE).name}" in said
    assert breakable.container(INSTANCE).attrs["State"]["StartedAt"] == before


def test_the_instance_goes_back_archives_on_a_new_timeline_and_what_was_undone_stays_restorable(
    breakable: StackUnderTest,
) -> None:
    await_full(breakable)
    write_rows(breakable, "kept", 3)
    point = restore_point(breakable)
    write_rows(breakable, "undone", 5)
    time.sleep(2)
    undone = query(breakable, "SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS')")
    time.sleep(2)
    write_rows(breakable, "later", 1)
    await_archived(breakable, switch_wal(breakable))
    before = timeline(breakable)

    code, said = restore(breakable, f"name:{point}", *confirmed(breakable))

    assert code == 0, said
    assert (row_count(breakable, "kept"), row_count(breakable, "undone")) == (3, 0)
    assert timeline(breakable) > before
    assert data_directories(breakable) == ["data"]
    assert await_archived(breakable, switch_wal(breakable)) < 60
    found = window(breakable)
    assert found["gaps"] == []
    assert found["seconds"] > 0
    with copy_at(breakable, undone) as copy:
        assert count_in(copy, "undone") == 5
        assert count_in(copy, "later") == 0
    write_rows(breakable, "since", 2)
    await_archived(breakable, switch_wal(breakable))
    with copy_at(breakable, "latest") as copy:
        assert [count_in(copy, label) for label in ("kept", "undone", "since")] == [3, 0, 2]


def test_a_target_that_is_not_reached_leaves_the_instance_as_it_was(breakable: StackUnderTest) -> None:
    await_full(breakable)
    write_rows(breakable, "precious", 4)
    time.sleep(3)
    await_archived(breakable, query(breakable, "SELECT pg_walfile_name(pg_switch_wal())"))
    code, said = restore(breakable, window(breakable)["latest"], *confirmed(breakable))
    await_server(breakable)
    assert code == 4
    assert "recovery ended before configured recovery target was reached" in said
    assert "`--to latest`, which is all of the newest timeline" in said
    assert said.count("error:") == 1
    assert row_count(breakable, "precious") == 4
    assert data_directories(breakable) == ["data"]
    assert await_archived(breakable, switch_wal(breakable)) < 60


def test_a_name_older_than_the_newest_backup_is_reached_and_one_that_is_not_there_is_refused(
    breakable: StackUnderTest,
) -> None:
    await_full(breakable)
    write_rows(breakable, "before the point", 2)
    point = restore_point(breakable)
    write_rows(breakable, "after the point", 3)
    make_full(breakable)
    await_archived(breakable, switch_wal(breakable))
    with copy_at(breakable, f"name:{point}") as copy:
        assert (count_in(copy, "before the point"), count_in(copy, "after the point")) == (2, 0)
    started = breakable.container(INSTANCE).attrs["State"]["StartedAt"]
    code, said = restore(breakable, "name:never-made", *confirmed(breakable))
    assert code == 4
    assert "no restore point 'never-made' is in the archive" in said
    assert breakable.container(INSTANCE).attrs["State"]["StartedAt"] == started


def test_of_two_points_of_one_name_the_newest_is_reached(breakable: StackUnderTest) -> None:
    await_full(breakable)
    for label in ("before the first", "before the second", "after both"):
        write_rows(breakable, label, 2)
        if label != "after both":
            query(breakable, "SELECT pg_create_restore_point('of-one-name')")
    await_archived(breakable, switch_wal(breakable))
    with copy_at(breakable, "name:of-one-name") as copy:
        found = [count_in(copy, label) for label in ("before the first", "before the second", "after both")]
    assert found == [2, 2, 0]


@pytest.mark.parametrize("phase", ["%", "stop the server", "recover", "check"])
def test_an_interrupted_restore_leaves_the_instance_as_it_was(breakable: StackUnderTest, phase: str) -> None:
    await_full(breakable)
    write_rows(breakable, phase, 1)
    process = breakable.start("restore", "-i", INSTANCE, "--in-place", *confirmed(breakable))
    assert process.stderr is not None
    for line in process.stderr:
        if line.strip().endswith(phase):
            break
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 8, errors
    assert errors.count("error:") == 1
    await_server(breakable)
    assert row_count(breakable, phase) == 1
    assert data_directories(breakable) == ["data"]


def test_an_interrupted_restore_whose_reader_is_gone_leaves_the_instance_as_it_was(breakable: StackUnderTest) -> None:
    """Ctrl-C of `... 2>&1 | tee log` ends `tee` too."""
    await_full(breakable)
    write_rows(breakable, "unheard", 1)
    process = breakable.start("restore", "-i", INSTANCE, "--in-place", *confirmed(breakable))
    assert process.stdout is not None
    assert process.stderr is not None
    for line in process.stderr:
        if line.strip().endswith("recover"):
            break
    process.stdout.close()
    process.stderr.close()
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=120) == 8
    await_server(breakable)
    assert row_count(breakable, "unheard") == 1
    assert data_directories(breakable) == ["data"]


def test_after_a_kill_nothing_half_restored_is_served_and_the_next_restore_puts_things_right(
    breakable: StackUnderTest,
) -> None:
    await_full(breakable)
    write_rows(breakable, "before the kill", 1)
    process = breakable.start("restore", "-i", INSTANCE, "--in-place", *confirmed(breakable))
    assert process.stderr is not None
    for line in process.stderr:
        if line.strip().endswith("recover"):
            break
    container = breakable.container(INSTANCE)
    deadline = time.monotonic() + 30
    while f"{container.name}-restore" not in breakable.leftovers():
        assert time.monotonic() < deadline
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    container.start()
    deadline = time.monotonic() + 30
    while "a restore in place was killed" not in container.logs(tail=20).decode():
        assert time.monotonic() < deadline
        time.sleep(0.5)
    container.stop()
    code, said = restore(breakable, "latest", *confirmed(breakable))
    assert code == 0, said
    assert row_count(breakable, "before the kill") == 1
    assert data_directories(breakable) == ["data"]


def test_an_instance_whose_data_is_gone_is_restored(breakable: StackUnderTest) -> None:
    await_full(breakable)
    write_rows(breakable, "survives", 6)
    await_archived(breakable, switch_wal(breakable))
    container = breakable.container(INSTANCE)
    execute(breakable, ["sh", "-c", "rm -rf /var/lib/postgresql/data/base /var/lib/postgresql/data/global"])
    container.stop()
    assert window(breakable)["spans"], "a stopped instance's repository can be read"
    code, said = restore(breakable, "latest", *confirmed(breakable))
    assert code == 0, said
    assert row_count(breakable, "survives") == 6


def test_a_server_that_does_not_answer_is_restored_once_it_is_stopped(breakable: StackUnderTest) -> None:
    await_full(breakable)
    write_rows(breakable, "unanswered", 2)
    await_archived(breakable, switch_wal(breakable))
    container = breakable.container(INSTANCE)
    query(breakable, "ALTER SYSTEM SET hot_standby = off")
    execute(breakable, ["touch", "/var/lib/postgresql/data/standby.signal"])
    container.restart()
    code, said = restore(breakable, "latest", *confirmed(breakable))
    assert code == 4, said
    assert f"PostgreSQL in {container.name} does not answer, so no backup of it can be taken" in said
    assert f"docker stop {container.name}, then the same command" in said
    assert data_directories(breakable) == ["data"]
    container.stop()
    code, said = restore(breakable, "latest", *confirmed(breakable))
    assert code == 0, said
    assert row_count(breakable, "unanswered") == 2
