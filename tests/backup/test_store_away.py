"""The object store is away or full: WAL waits, what was archived stays restorable, and afterwards nothing is lost."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.backup.on_stack import (
    INSTANCE,
    archive,
    await_archived,
    await_full,
    copy_at,
    count_in,
    findings,
    query,
    restore_point,
    row_count,
    switch_wal,
    window,
    write_rows,
)
from tests.servers.small_volume import on_small_disks
from tests.servers.stack import StackUnderTest

pytestmark = [pytest.mark.docker, pytest.mark.long]
STORE_MIB = 448
RESERVE_MIB = 128
RESERVE = "/data/reserve"
"""Room that a test may give back."""
DOWN_SECONDS = 150
MORE_THAN_MAY_WAIT = 10
NOISE = """
CREATE TABLE IF NOT EXISTS public.noise (text text);
ALTER TABLE public.noise ALTER text SET STORAGE EXTERNAL;
INSERT INTO public.noise
SELECT string_agg(md5(random()::text || n::text), '') FROM generate_series(1, 480000) AS n GROUP BY n % 14;
"""
"""Fills a WAL segment with what does not compress."""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackUnderTest]:
    """A stack whose object store has a small disk."""
    with on_small_disks(tmp_path_factory.mktemp("small-store"), "ts", {"minio-data": STORE_MIB}) as made:
        made.container("minio").exec_run(["fallocate", "--length", f"{RESERVE_MIB}MiB", RESERVE])
        await_full(made)
        yield made


@contextmanager
def full_store(stack: StackUnderTest) -> Iterator[None]:
    """Every byte of the store's disk is taken by somebody else."""
    store = stack.container("minio")
    fill = (
        "cd /data && fallocate --length $(df --output=avail --block-size=1 . | tail -n 1) filler; cat /dev/zero >more"
    )
    store.exec_run(["sh", "-c", fill])
    assert free(stack) == 0
    try:
        yield
    finally:
        store.exec_run(["rm", "-f", "/data/filler", "/data/more"])


def free(stack: StackUnderTest) -> int:
    code, output = stack.container("minio").exec_run(["df", "--output=avail", "--block-size=1", "/data"])
    assert code == 0, output
    return int(output.split()[-1])


def waiting(stack: StackUnderTest) -> int:
    return int(query(stack, "SELECT count(*) FROM pg_ls_archive_statusdir() WHERE name LIKE '%.ready'"))


def let_more_wait_than_may(stack: StackUnderTest, label: str) -> str:
    """Rows in segments that wait; the last one's name."""
    segment = ""
    for _ in range(MORE_THAN_MAY_WAIT):
        write_rows(stack, label, 1)
        segment = switch_wal(stack)
    return segment


def test_a_full_store_keeps_what_it_has_restorable_and_the_server_keeps_the_rest(stack: StackUnderTest) -> None:
    write_rows(stack, "archived", 3)
    point, moment = restore_point(stack), clock(stack)
    write_rows(stack, "archived later", 1)
    archive(stack)
    with full_store(stack):
        last = let_more_wait_than_may(stack, "waiting")
        before = window(stack)
        (message,) = findings(stack, "backup_archive_keeps_up")
        assert int(message.split()[0]) >= MORE_THAN_MAY_WAIT
        refused = stack.command("backup", "run", "-i", INSTANCE)
        assert refused.returncode == 4
        assert refused.stderr.count("error:") == 1, refused.stderr
        assert window(stack) == before, "what is restorable is still shown, and is no more than it was"
        for target, later in (("latest", 1), (f"name:{point}", 0), (moment, 0)):
            with copy_at(stack, target) as copy:
                found = [count_in(copy, label) for label in ("archived", "archived later", "waiting")]
            assert found == [3, later, 0], target
        write_rows(stack, "while it is full", 2)
    await_archived(stack, last, seconds=180)
    archive(stack)
    assert findings(stack, "backup_archive_keeps_up") == []
    assert window(stack)["gaps"] == []
    with copy_at(stack, "latest") as copy:
        counts = [count_in(copy, label) for label in ("archived", "waiting", "while it is full")]
    assert counts == [3, MORE_THAN_MAY_WAIT, 2]


def test_a_moment_after_all_that_is_archived_is_refused_with_the_last_one_there_is(stack: StackUnderTest) -> None:
    """The newest segment may have been archived long after its last transaction; only later WAL could tell of more."""
    write_rows(stack, "the last", 1)
    time.sleep(3)
    await_archived(stack, query(stack, "SELECT pg_walfile_name(pg_switch_wal())"))
    with full_store(stack):
        refused = stack.command("restore", "-i", INSTANCE, "--to", window(stack)["latest"])
        assert refused.returncode == 4, refused.stdout
        assert refused.stderr.count("error:") == 1
        (last,) = re.findall(r"the last one archived there is of (\S+ \S+ UTC)", refused.stderr.replace("\n", " "))
        with copy_at(stack, "latest") as copy:
            assert count_in(copy, "the last") == 1
    assert last < clock(stack)


def clock(stack: StackUnderTest) -> str:
    time.sleep(1.1)
    now = query(stack, "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')")
    time.sleep(0.1)
    return now


def test_a_store_that_is_down_for_minutes_costs_nothing(stack: StackUnderTest) -> None:
    store = stack.container("minio")
    write_rows(stack, "before it went", 1)
    archive(stack)
    written, last = 0, ""
    store.stop(timeout=10)
    gone = time.monotonic()
    try:
        while time.monotonic() < gone + DOWN_SECONDS:
            write_rows(stack, "while it was down", 1)
            written += 1
            if written % 10 == 0:
                last = switch_wal(stack)
            time.sleep(1)
        assert waiting(stack) >= MORE_THAN_MAY_WAIT
        assert int(query(stack, "SELECT failed_count FROM pg_stat_archiver")) > 0
        report = stack.command("verify", "--plane", "live", "--only", "backup_*")
        assert report.returncode != 0, report.stdout
        assert "Traceback" not in report.stderr
    finally:
        store.start()
    await_archived(stack, last, seconds=180)
    archive(stack)
    assert window(stack)["gaps"] == []
    with copy_at(stack, "latest") as copy:
        assert count_in(copy, "while it was down") == written


def test_a_store_that_wal_itself_fills_loses_no_segment(stack: StackUnderTest) -> None:
    """The last segments are the ones that no longer fit: none of them is taken for archived."""
    points: list[str] = []
    while waiting(stack) < 4:
        assert len(points) < 40, f"{free(stack)} bytes are still free"
        write_rows(stack, "counted", 1)
        points.append(restore_point(stack))
        query(stack, NOISE)
        switch_wal(stack)
        time.sleep(0.5)
    time.sleep(5)
    archived = query(stack, "SELECT last_archived_wal FROM pg_stat_archiver")
    assert window(stack)["gaps"] == []
    with copy_at(stack, "latest") as copy:
        inside = count_in(copy, "counted")
    assert 0 < inside < len(points)
    with copy_at(stack, f"name:{points[inside - 2]}") as copy:
        assert count_in(copy, "counted") == inside - 1
    missing = stack.command("restore", "-i", INSTANCE, "--to", f"name:{points[-1]}")
    assert missing.returncode == 4
    assert f"no restore point '{points[-1]}' is in the archive" in missing.stderr
    assert missing.stderr.count("error:") == 1
    assert [name for name in stack.leftovers() if "-restored-" in name] == []
    assert query(stack, f"SELECT last_archived_wal >= '{archived}' FROM pg_stat_archiver") == "t"
    assert row_count(stack, "counted") == len(points)
    stack.container("minio").exec_run(["rm", RESERVE])
    archive(stack)
    assert window(stack)["gaps"] == []
    with copy_at(stack, "latest") as copy:
        assert count_in(copy, "counted") == len(points)
