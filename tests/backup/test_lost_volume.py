"""The volume of an instance is gone: `up` makes an empty cluster, and a restore in place brings the former one back."""

import time

import docker
import pytest

from tests.backup.on_stack import (
    INSTANCE,
    archive,
    await_archived,
    await_full,
    copy_at,
    count_in,
    in_place,
    query,
    row_count,
    switch_wal,
    window,
    write_rows,
)
from tests.servers.stack import StackUnderTest

pytestmark = [pytest.mark.docker, pytest.mark.long]


def lose_volume(stack: StackUnderTest) -> None:
    container = stack.container(INSTANCE)
    container.remove(force=True)
    docker.from_env().volumes.get(f"{container.name}-data").remove(force=True)


def test_what_was_in_it_comes_back(breakable: StackUnderTest) -> None:
    await_full(breakable)
    write_rows(breakable, "precious", 3)
    time.sleep(1.1)  # the moment is given in whole seconds, and the rows are older
    archive(breakable)
    moment = window(breakable)["latest"]
    write_rows(breakable, "after the moment", 1)
    archive(breakable)
    lose_volume(breakable)
    up = breakable.command("up", "--refresh", "--skip-verify", timeout=300)
    assert up.returncode == 0, up.stderr
    assert query(breakable, "SELECT to_regclass('public.proof') IS NULL") == "t"

    listed = breakable.command("backup", "list", "-i", INSTANCE)
    assert "of a former cluster" in listed.stdout
    with copy_at(breakable, moment) as copy:
        assert count_in(copy, "precious") == 3
    restored = breakable.command("restore", "-i", INSTANCE, "--to", moment, *in_place(breakable), timeout=400)
    assert restored.returncode == 0, restored.stderr
    assert (row_count(breakable, "precious"), row_count(breakable, "after the moment")) == (3, 0)

    assert await_archived(breakable, switch_wal(breakable)) < 90
    assert window(breakable)["gaps"] == []
    again = breakable.command("up", "--skip-verify", timeout=300)
    assert again.returncode == 0, again.stderr
    write_rows(breakable, "since", 2)
    archive(breakable)
    with copy_at(breakable, "latest") as copy:
        assert [count_in(copy, label) for label in ("precious", "after the moment", "since")] == [3, 0, 2]
