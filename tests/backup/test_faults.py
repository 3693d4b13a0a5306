"""Faults of backups on a deployed stack: each ends with the right finding and with what can still be restored."""

import io
import time
from datetime import datetime

import pytest

from tests.backup.on_stack import (
    BUCKET,
    INSTANCE,
    await_archived,
    execute,
    findings,
    make_full,
    query,
    store,
    switch_wal,
    window,
)
from tests.servers.stack import StackUnderTest

pytestmark = [pytest.mark.docker, pytest.mark.long]


def test_with_a_wrong_key_nothing_can_be_read(backed_up: StackUnderTest) -> None:
    make_full(backed_up)
    command = ["pgbackrest", f"--stanza={INSTANCE}", "info", "--output=json"]
    code, output = execute(backed_up, command, environment={"PGBACKREST_REPO1_CIPHER_PASS": "x" * 40})
    assert '"message":"ok"' in execute(backed_up, command)[1]
    assert code != 0 or '"message":"ok"' not in output


def test_while_the_store_is_down_wal_waits_and_then_catches_up(backed_up: StackUnderTest) -> None:
    minio = backed_up.container("minio")
    minio.pause()
    try:
        segments = [switch_wal(backed_up) for _ in range(12)]
        time.sleep(5)
        waiting = query(backed_up, "SELECT count(*) FROM pg_ls_archive_statusdir() WHERE name LIKE '%.ready'")
        assert int(waiting) >= 12
        assert query(backed_up, "SELECT 1") == "1"
    finally:
        minio.unpause()
    await_archived(backed_up, segments[-1], seconds=180)
    assert window(backed_up)["gaps"] == []


def test_a_lost_segment_is_found_and_what_lies_in_the_gap_is_refused(backed_up: StackUnderTest) -> None:
    make_full(backed_up)
    lost, later = switch_wal(backed_up), switch_wal(backed_up)
    await_archived(backed_up, later)
    client = store(backed_up)
    (name,) = [
        each.object_name or ""
        for each in client.list_objects(BUCKET, f"{INSTANCE}/archive/", recursive=True)
        if lost in (each.object_name or "")
    ]
    client.remove_object(BUCKET, name)
    found = window(backed_up)
    assert [gap["first"] for gap in found["gaps"]] == [lost]
    assert findings(backed_up, "backup_wal_is_whole") == [f"1 segments are missing from {lost} on"]
    moment = datetime.fromisoformat(found["gaps"][0]["before"]).isoformat()
    refused = backed_up.command("restore", "-i", INSTANCE, "--to", moment)
    assert refused.returncode == 4
    assert "cannot be restored" in refused.stderr
    make_full(backed_up)
    assert backed_up.command("restore", "-i", INSTANCE, "--plan").returncode == 0


def test_a_flipped_byte_is_found_by_verify(backed_up: StackUnderTest) -> None:
    make_full(backed_up)
    client = store(backed_up)
    listed = client.list_objects(BUCKET, f"{INSTANCE}/backup/", recursive=True)
    largest = max((each for each in listed if "/bundle/" in (each.object_name or "")), key=lambda each: each.size or 0)
    content = bytearray(client.get_object(BUCKET, largest.object_name or "").read())
    content[len(content) // 2] ^= 1
    client.put_object(BUCKET, largest.object_name or "", io.BytesIO(bytes(content)), len(content))
    verified = backed_up.command("backup", "verify", "-i", INSTANCE)
    assert verified.returncode == 4, verified.stdout
    assert "is damaged" in verified.stderr


def test_a_dead_scheduler_comes_back(backed_up: StackUnderTest) -> None:
    execute(backed_up, ["pkill", "supercronic"])
    deadline = time.monotonic() + 30
    while execute(backed_up, ["pgrep", "supercronic"])[0]:
        assert time.monotonic() < deadline
        time.sleep(1)
