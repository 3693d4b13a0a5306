"""Disks that are too small: the object store's fills up, and the instance's own has no room for a restore."""

import time
from collections.abc import Callable, Iterator
from datetime import datetime

import pytest

from tests.backup.on_stack import (
    INSTANCE,
    archive,
    await_archived,
    await_full,
    copy_at,
    count_in,
    execute,
    findings,
    query,
    row_count,
    switch_wal,
    window,
    write_rows,
)
from tests.servers.small_volume import make_volume, small_disks
from tests.servers.stack import StackUnderTest, stack

pytestmark = [pytest.mark.docker, pytest.mark.long]
FILLER = "/data/filler"
SIZES = {"minio-data": 600, f"{INSTANCE}-data": 560}
HOME = "/var/lib/postgresql"


@pytest.fixture(scope="module")
def cramped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackUnderTest]:
    """A stack whose object store and one instance have a small disk each."""
    folder = tmp_path_factory.mktemp("cramped")
    with stack(folder, "tf") as made:
        sizes = {f"aqstream-{made.name}-{volume}": size for volume, size in SIZES.items()}
        with small_disks(folder, sizes) as devices:
            try:
                for volume, device in devices.items():
                    make_volume(volume, device, made.name)
                up = made.command("up", "--skip-verify", timeout=400)
                assert up.returncode == 0, up.stderr
                yield made
            finally:
                made.clear()


def await_true(look: Callable[[], bool], seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not look():
        assert time.monotonic() < deadline
        time.sleep(1)


def archiver_failed(stack_: StackUnderTest) -> bool:
    return query(stack_, "SELECT failed_count > 0 FROM pg_stat_archiver") == "t"


def test_a_full_store_is_a_finding_loses_nothing_and_what_is_there_stays_restorable(cramped: StackUnderTest) -> None:
    await_full(cramped)
    write_rows(cramped, "before", 3)
    archive(cramped)
    restorable = window(cramped)["latest"]
    archive(cramped)
    minio = cramped.container("minio")
    query(cramped, "SELECT pg_stat_reset_shared('archiver')")
    filled = minio.exec_run(["dd", "if=/dev/zero", f"of={FILLER}", "bs=64k"])
    assert b"No space left" in filled.output
    try:
        write_rows(cramped, "while full", 5)
        segments = [switch_wal(cramped) for _ in range(10)]
        await_true(lambda: archiver_failed(cramped))
        (found,) = findings(cramped, "backup_archive_keeps_up")
        assert "WAL segments wait to be archived" in found
        refused = cramped.command("backup", "run", "-i", INSTANCE)
        assert refused.returncode == 4
        assert refused.stderr.count("error:") == 1
        assert row_count(cramped, "while full") == 5, "the instance goes on"
        assert window(cramped)["latest"] >= restorable
        with copy_at(cramped, restorable) as copy:
            assert (count_in(copy, "before"), count_in(copy, "while full")) == (3, 0)
    finally:
        minio.exec_run(["rm", "-f", FILLER])
    await_archived(cramped, segments[-1], seconds=180)
    assert window(cramped)["gaps"] == []
    assert datetime.fromisoformat(window(cramped)["latest"]) > datetime.fromisoformat(restorable)
    assert findings(cramped, "backup_archive_keeps_up") == []
    with copy_at(cramped, "latest") as copy:
        assert count_in(copy, "while full") == 5
    assert execute(cramped, ["pgbackrest", f"--stanza={INSTANCE}", "check"])[0] == 0


def test_a_restore_in_place_without_room_is_refused_before_anything_is_done(cramped: StackUnderTest) -> None:
    await_full(cramped)
    write_rows(cramped, "precious", 4)
    container = cramped.container(INSTANCE)
    started, backups = container.attrs["State"]["StartedAt"], window(cramped)["spans"]
    refused = cramped.command("restore", "-i", INSTANCE, "--in-place", "--confirm", container.name)
    assert refused.returncode == 4, refused.stderr
    assert refused.stderr.count("error:") == 1
    assert "the volume of its data has less free" in refused.stderr
    assert "nothing was changed" in refused.stderr
    container.reload()
    assert container.attrs["State"]["StartedAt"] == started
    assert len(window(cramped)["spans"]) == len(backups)
    assert row_count(cramped, "precious") == 4
    assert "data.fetched" not in execute(cramped, ["ls", HOME])[1]


def test_a_disk_that_waiting_wal_could_fill_is_a_finding_before_it_is_full(cramped: StackUnderTest) -> None:
    await_full(cramped)
    assert findings(cramped, "backup_wal_has_room") == []
    free = "$(($(df --output=avail --block-size=1 . | tail -n 1) - 20000000))"
    execute(cramped, ["sh", "-c", f"cd {HOME} && fallocate --length {free} filler"])
    try:
        (found,) = findings(cramped, "backup_wal_has_room")
        assert "MB are free" in found
    finally:
        execute(cramped, ["rm", f"{HOME}/filler"])
