"""Faults of backups on a deployed stack: each ends with the right finding and with what can still be restored."""

import io
import json
import subprocess
import time
from datetime import datetime, timedelta
from pathlib import Path

import docker
import pytest

from tests.backup.on_stack import (
    BUCKET,
    INSTANCE,
    archive,
    await_archived,
    await_full,
    copy_at,
    count_in,
    execute,
    findings,
    in_place,
    make_full,
    packed,
    query,
    row_count,
    store,
    switch_wal,
    window,
    write_rows,
)
from tests.servers.stack import StackUnderTest

pytestmark = [pytest.mark.docker, pytest.mark.long]


def test_with_a_wrong_key_nothing_can_be_read(breakable: StackUnderTest) -> None:
    make_full(breakable)
    command = ["pgbackrest", f"--stanza={INSTANCE}", "info", "--output=json"]
    code, output = execute(breakable, command, environment={"PGBACKREST_REPO1_CIPHER_PASS": "x" * 40})
    assert '"message":"ok"' in execute(breakable, command)[1]
    assert code != 0 or '"message":"ok"' not in output


def test_while_the_store_is_down_wal_waits_and_then_catches_up(breakable: StackUnderTest) -> None:
    minio = breakable.container("minio")
    minio.pause()
    try:
        segments = [switch_wal(breakable) for _ in range(12)]
        time.sleep(5)
        waiting = query(breakable, "SELECT count(*) FROM pg_ls_archive_statusdir() WHERE name LIKE '%.ready'")
        assert int(waiting) >= 12
        assert query(breakable, "SELECT 1") == "1"
    finally:
        minio.unpause()
    await_archived(breakable, segments[-1], seconds=180)
    assert window(breakable)["gaps"] == []


def test_a_lost_segment_is_found_and_what_lies_in_the_gap_is_refused(breakable: StackUnderTest) -> None:
    make_full(breakable)
    # Each is archived in a second of its own: by seconds a moment belongs to one side of the gap or the other.
    _, lost, _ = (archive(breakable) for _ in range(3))
    client = store(breakable)
    (name,) = [
        each.object_name or ""
        for each in client.list_objects(BUCKET, f"{INSTANCE}/archive/", recursive=True)
        if f"{lost}-" in (each.object_name or "")
    ]
    client.remove_object(BUCKET, name)
    found = window(breakable)
    assert [gap["first"] for gap in found["gaps"]] == [lost]
    assert findings(breakable, "backup_wal_is_whole") == [f"1 segments are missing from {lost} on"]
    moment = (datetime.fromisoformat(found["gaps"][0]["before"]) + timedelta(seconds=1)).isoformat()
    refused = breakable.command("restore", "-i", INSTANCE, "--to", moment)
    assert refused.returncode == 4
    assert "cannot be restored" in refused.stderr
    ended_early = breakable.command("restore", "-i", INSTANCE, "--to", "latest", "--plan")
    assert ended_early.returncode == 4, ended_early.stdout
    assert f"cannot be restored to latest: 1 segments of its WAL are missing from {lost} on" in ended_early.stderr
    make_full(breakable)
    assert breakable.command("restore", "-i", INSTANCE, "--plan").returncode == 0


def test_a_flipped_byte_is_found_by_verify_and_by_a_restore_until_the_backup_is_removed(
    breakable: StackUnderTest,
) -> None:
    await_full(breakable)  # the scheduler's first one is not to come in between
    write_rows(breakable, "before the flip", 2)
    make_full(breakable)
    older = window(breakable)["spans"][-1]["backup"]
    make_full(breakable)
    client = store(breakable)
    listed = client.list_objects(BUCKET, f"{INSTANCE}/backup/", recursive=True)
    damaged = window(breakable)["spans"][-1]["backup"]
    bundles = [each for each in listed if f"/{damaged}/bundle/" in (each.object_name or "")]
    largest = max(bundles, key=lambda each: each.size or 0)
    content = bytearray(client.get_object(BUCKET, largest.object_name or "").read())
    content[len(content) // 2] ^= 1
    client.put_object(BUCKET, largest.object_name or "", io.BytesIO(bytes(content)), len(content))
    verified = breakable.command("backup", "verify", "-i", INSTANCE)
    assert verified.returncode == 4, verified.stdout
    assert "is damaged" in verified.stderr
    name = f"{damaged}/bundle/{Path(largest.object_name or '').name}"
    (message,) = findings(breakable, "backup_objects_are_intact")
    assert message == f"the repository is damaged: invalid checksum {name}"
    known = breakable.leftovers()
    refused = breakable.command("restore", "-i", INSTANCE, timeout=300)
    told = [line for line in refused.stderr.splitlines() if line.startswith("error:")]
    assert (refused.returncode, len(told)) == (4, 1), refused.stderr
    assert breakable.leftovers() == known
    with copy_at(breakable, f"backup:{older}") as copy:
        assert count_in(copy, "before the flip") == 2
    make_full(breakable)
    with copy_at(breakable, "latest") as copy:
        assert count_in(copy, "before the flip") == 2
    assert execute(breakable, ["pgbackrest", f"--stanza={INSTANCE}", f"--set={damaged}", "expire"])[0] == 0
    again = breakable.command("backup", "verify", "-i", INSTANCE)
    assert again.returncode == 0, again.stderr
    assert findings(breakable, "backup_objects_are_intact") == []


def test_a_damaged_segment_is_no_end_of_the_wal(breakable: StackUnderTest) -> None:
    make_full(breakable)
    write_rows(breakable, "before the damage", 1)
    archive(breakable)
    write_rows(breakable, "in the damage", 1)
    damaged = archive(breakable)
    write_rows(breakable, "after the damage", 1)
    last = archive(breakable)
    client = store(breakable)
    listed = client.list_objects(BUCKET, f"{INSTANCE}/archive/", recursive=True)
    (name,) = [each.object_name or "" for each in listed if f"{damaged}-" in (each.object_name or "")]
    whole = client.get_object(BUCKET, name).read()
    content = bytearray(whole)
    content[len(content) // 2] ^= 1
    client.put_object(BUCKET, name, io.BytesIO(bytes(content)), len(content))
    try:
        before, started = breakable.leftovers(), breakable.container(INSTANCE).attrs["State"]["StartedAt"]
        for options in ((), in_place(breakable)):
            refused = breakable.command("restore", "-i", INSTANCE, "--to", "latest", *options, timeout=300)
            assert refused.returncode == 4, refused.stdout
            assert refused.stderr.count("error:") == 1, refused.stderr
            assert f"before WAL segment {last} of the archive: one could not be fetched" in refused.stderr
            assert breakable.leftovers() == before
        assert breakable.container(INSTANCE).attrs["State"]["StartedAt"] > started  # it was put back, and runs
        assert row_count(breakable, "after the damage") == 1
    finally:
        client.put_object(BUCKET, name, io.BytesIO(whole), len(whole))
        make_full(breakable)


def test_a_dead_scheduler_comes_back(breakable: StackUnderTest) -> None:
    execute(breakable, ["pkill", "supercronic"])
    deadline = time.monotonic() + 30
    while execute(breakable, ["pgrep", "supercronic"])[0]:
        assert time.monotonic() < deadline
        time.sleep(1)


def test_ten_fulls_keep_the_wal_of_eight(breakable: StackUnderTest) -> None:
    for _ in range(10):
        make_full(breakable)
        archive(breakable)
    found = window(breakable)
    fulls = [span for span in found["spans"] if span["type"] == "full"]
    assert len(fulls) >= 10, "fulls are kept for 30 days"
    assert found["earliest"] == fulls[-8]["earliest"]
    wider = [span for span in fulls[:-8] if span["earliest"] != span["latest"]]
    assert wider == [], f"older ones restore to their own end only: {fulls}"
    assert found["gaps"] == []
    moment = fulls[0]["earliest"]
    refused = breakable.command("restore", "-i", INSTANCE, "--plan", "--to", moment)
    assert refused.returncode == 4
    assert "possible: after" in refused.stderr
    own_end = f"backup:{fulls[0]['backup']}"
    assert breakable.command("restore", "-i", INSTANCE, "--plan", "--to", own_end).returncode == 0


STATUS = "/var/lib/postgresql/backup-status.json"


def tick(stack: StackUnderTest, days: float) -> None:
    """What the scheduler does each minute, with its clock that far ahead."""
    code = (
        "import runpy, sys, time; now = time.time; "
        f"time.time = lambda: now() + {days * 86400}; "
        "sys.argv = sys.argv[1:]; sys.path.append('/usr/local/bin'); runpy.run_path(sys.argv[0], run_name='__main__')"
    )
    schedule = ["/usr/local/bin/aqstream-backup-schedule", f"--stanza={INSTANCE}", "--full-minute=0"]
    execute(stack, ["python3", "-c", code, *schedule, f"--status={STATUS}"])


def test_three_skipped_days_are_a_finding_until_one_backup_makes_up_for_them(breakable: StackUnderTest) -> None:
    await_full(breakable)
    execute(breakable, ["pkill", "-STOP", "supercronic"])
    stop = ["pgbackrest", f"--stanza={INSTANCE}"]
    try:
        assert execute(breakable, [*stop, "stop"])[0] == 0
        tick(breakable, days=4)
        found = findings(breakable, "backup_scheduler_is_alive")
        assert "3 daily fulls were missed and not made up for" in found
        assert any(message.startswith("1 runs failed in a row: ") for message in found)
        assert execute(breakable, [*stop, "start"])[0] == 0
        tick(breakable, days=4.1)
        assert findings(breakable, "backup_scheduler_is_alive") == ["its process does not run"]
        assert window(breakable)["gaps"] == []
    finally:
        execute(breakable, [*stop, "start"])
        execute(breakable, ["rm", "-f", STATUS])
        execute(breakable, ["pkill", "-CONT", "supercronic"])


@pytest.fixture
def faketime(breakable: StackUnderTest, tmp_path: Path) -> str:
    """libfaketime inside the instance's container: its path there."""
    fetched = subprocess.run(["apt-get", "download", "-qq", "libfaketime"], cwd=tmp_path, check=False)
    if fetched.returncode:
        pytest.skip("libfaketime cannot be had from Debian")
    (package,) = tmp_path.glob("*.deb")
    subprocess.run(["dpkg", "-x", str(package), str(tmp_path)], check=True)
    (library,) = tmp_path.rglob("libfaketime.so.1")
    breakable.container(INSTANCE).put_archive("/var/lib/postgresql", packed(library, "faketime.so"))
    return "/var/lib/postgresql/faketime.so"


def test_forty_days_later_expiry_keeps_one_full_that_can_be_restored(
    breakable: StackUnderTest, tmp_path: Path, faketime: str
) -> None:
    """On an exported copy, as an object store refuses requests from a clock that is 40 days ahead."""
    for _ in range(3):
        make_full(breakable)
    exported, home = tmp_path / "exported", "/var/lib/postgresql"
    assert breakable.command("backup", "export", "-i", INSTANCE, "--to", str(exported)).returncode == 0
    breakable.container(INSTANCE).put_archive(home, packed(exported, "exported"))
    program = [
        "pgbackrest",
        f"--stanza={INSTANCE}",
        "--repo1-type=posix",
        f"--repo1-path={home}/exported/{INSTANCE}",
        "--lock-path=/tmp/forty",
    ]
    later = {"LD_PRELOAD": faketime, "FAKETIME": "+40d"}
    try:
        before = json.loads(execute(breakable, [*program, "info", "--output=json"])[1])[0]
        code, said = execute(breakable, [*program, "expire"], environment=later)
        assert code == 0, said
        after = json.loads(execute(breakable, [*program, "info", "--output=json"])[1])[0]
        assert len(before["backup"]) >= 3
        newest_full = [each["label"] for each in before["backup"] if each["type"] == "full"][-1]
        assert [each["label"] for each in after["backup"]] == [newest_full]
        code, said = execute(breakable, [*program, f"--pg1-path={home}/later", "restore"], environment=later)
        assert code == 0, said
    finally:
        execute(breakable, ["rm", "-rf", f"{home}/exported", f"{home}/later", faketime])


def test_of_two_restores_at_once_one_waits_and_both_succeed(breakable: StackUnderTest) -> None:
    await_full(breakable)
    known = set(breakable.leftovers())
    running = [breakable.start("restore", "-i", INSTANCE) for _ in range(2)]
    errors = [process.communicate(timeout=180)[1] for process in running]
    made = sorted(name for name in set(breakable.leftovers()) - known if not name.endswith("-data"))
    for name in made:
        docker.from_env().containers.get(name).remove(force=True)
        docker.from_env().volumes.get(f"{name}-data").remove()
    assert [process.returncode for process in running] == [0, 0], errors
    assert len(made) == 2
    assert sum("another restore of this instance runs, waiting" in text for text in errors) == 1


_HOME = "/var/lib/postgresql"
_RESTORE_CHECK = ["aqstream-restore-check", f"--stanza={INSTANCE}", "--database=aqstream", "--every-days=7", "--now"]
_RESTORE_CHECK += [f"--status={_HOME}/restore-check.json"]


def test_a_restore_check_passes_and_one_that_cannot_is_a_finding(breakable: StackUnderTest) -> None:
    await_full(breakable)
    noted = f"{_HOME}/spool/archive/{INSTANCE}/noted"  # of the running server, as archiving notes what it has pushed
    assert execute(breakable, ["install", "-D", "/dev/null", noted])[0] == 0  # the clock's restore emptied the spool
    assert execute(breakable, _RESTORE_CHECK) == (0, "")
    assert execute(breakable, ["ls", noted])[0] == 0
    assert findings(breakable, "backup_is_restored_regularly") == []
    assert "restore-check" not in execute(breakable, ["ls", _HOME])[1].replace("restore-check.json", "")
    code, _ = execute(breakable, _RESTORE_CHECK, environment={"PGBACKREST_REPO1_CIPHER_PASS": "x" * 40})
    assert code == 1
    (message,) = findings(breakable, "backup_is_restored_regularly")
    assert message.startswith("1 restores failed in a row: ")
    assert execute(breakable, _RESTORE_CHECK)[0] == 0


_NOT_FORCED_FOR_A_MOMENT = """
import sys
from importlib.machinery import SourceFileLoader
sys.path.append("/usr/local/bin")
check = SourceFileLoader("restore_check", "/usr/local/bin/aqstream-restore-check").load_module()
name = check.name_this_moment
def name_another():
    check.sql("ALTER TABLE user_service.organizations NO FORCE ROW LEVEL SECURITY", database="aqstream")
    try:
        return name()
    finally:
        check.sql("ALTER TABLE user_service.organizations FORCE ROW LEVEL SECURITY", database="aqstream")
check.name_this_moment = name_another
sys.exit(check.main(sys.argv[1:]))
"""


def test_a_copy_that_isolates_tenants_otherwise_fails_the_restore_check(breakable: StackUnderTest) -> None:
    await_full(breakable)
    code, output = execute(breakable, ["python3", "-c", _NOT_FORCED_FOR_A_MOMENT, *_RESTORE_CHECK[1:]])
    assert (code, "Traceback" in output) == (1, False), output
    (message,) = findings(breakable, "backup_is_restored_regularly")
    assert (
        "the copy does not isolate tenants as the server does: it lacks 'relation user_service.organizations: "
        in message
    )
    assert execute(breakable, _RESTORE_CHECK)[0] == 0
