"""The commands of backups and drills on a deployed stack, as a user types them."""

import json
import subprocess
import time
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tests.backup.on_stack import INSTANCE, archive, await_full, execute, window
from tests.servers.stack import INSTANCES, StackUnderTest

pytestmark = [pytest.mark.docker, pytest.mark.long]
PROGRAM = ["pgbackrest", f"--stanza={INSTANCE}"]


def test_a_run_shows_progress_and_the_list_its_sizes(breakable: StackUnderTest) -> None:
    await_full(breakable)
    made = breakable.command("backup", "run", "-i", INSTANCE, "--type", "incr")
    assert made.returncode == 0, made.stderr
    assert "new backup label = " in made.stderr
    assert "backup size = " in made.stderr
    listed = json.loads(breakable.command("backup", "list", "--json", "-i", INSTANCE).stdout)
    assert listed[-1]["type"] == "incr"
    assert listed[0]["databaseBytes"] > listed[0]["storedBytes"] > 0
    shown = breakable.command("backup", "list", "-i", INSTANCE).stdout
    assert listed[0]["label"] in shown


def test_expire_says_what_would_go_and_takes_it(breakable: StackUnderTest) -> None:
    await_full(breakable)
    for _ in range(9):
        code, said = execute(breakable, [*PROGRAM, "--type=full", "--no-expire-auto", "backup"])
        assert code == 0, said
        archive(breakable)
    before = window(breakable)
    planned = breakable.command("backup", "expire", "--dry-run", "-i", INSTANCE)
    assert planned.returncode == 0, planned.stderr
    assert "remove archive" in planned.stdout
    assert window(breakable) == before, "a dry run takes nothing"
    done = breakable.command("backup", "expire", "-i", INSTANCE)
    assert done.returncode == 0, done.stderr
    after = window(breakable)
    assert len(after["spans"]) == len(before["spans"]), "fulls are kept for 30 days"
    assert after["earliest"] > before["earliest"]
    assert after["gaps"] == []
    assert f"{INSTANCE}: nothing to remove" in breakable.command("backup", "expire", "-i", INSTANCE).stdout


def test_all_repositories_are_checked_verified_and_drawn(breakable: StackUnderTest, tmp_path: Path) -> None:
    for command, word in (("check", "archiving works"), ("verify", "status: ok")):
        done = breakable.command("backup", command)
        assert done.returncode == 0, done.stderr
        assert done.stdout.count(word) == len(INSTANCES)
    picture = tmp_path / "window.svg"
    assert breakable.command("backup", "window", "--svg", str(picture)).returncode == 0
    text = picture.read_text()
    assert ET.fromstring(text).tag.endswith("svg")  # noqa: S314 our own picture
    assert all(name in text for name in INSTANCES)


def test_a_differential_is_made_an_hour_after_the_last_backup(breakable: StackUnderTest) -> None:
    await_full(breakable)
    later = "import runpy, sys, time; now = time.time; time.time = lambda: now() + 5400; sys.argv = sys.argv[1:]; "
    minute = (int(time.time()) // 60 + 600) % 1440
    schedule = ["/usr/local/bin/aqstream-backup-schedule", f"--stanza={INSTANCE}", f"--full-minute={minute}"]
    run = ["python3", "-c", f"{later}runpy.run_path(sys.argv[0], run_name='__main__')", *schedule]
    for hours in (0, 1):
        status = f"--status=/tmp/status-{hours}.json"
        code, said = execute(breakable, [*run, f"--differential-hours={hours}", status])
        assert code == 0, said
        listed = json.loads(breakable.command("backup", "list", "--json", "-i", INSTANCE).stdout)
        assert listed[-1]["type"] == ("diff" if hours else listed[-1]["type"])
    assert listed[-1]["type"] == "diff"


@pytest.mark.parametrize("to", ["now", "random"])
def test_a_drill_of_everything_is_signed_and_its_evidence_holds(
    breakable: StackUnderTest, tmp_path: Path, to: str
) -> None:
    await_full(breakable)
    archive(breakable)
    key, public = tmp_path / "drill.key", tmp_path / "drill.pub"
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", str(key)], check=True, capture_output=True)
    subprocess.run(["openssl", "pkey", "-in", str(key), "-pubout", "-out", str(public)], check=True)
    where = ("--evidence", str(tmp_path / "evidence"))
    drill = breakable.command("drill", "--all", "--to", to, "--sign", str(key), *where, timeout=500)
    assert drill.returncode == 0, drill.stdout + drill.stderr
    reports = [json.loads(path.read_text()) for path in (tmp_path / "evidence" / breakable.name).glob("*.json")]
    assert {each["instance"] for each in reports} == {*INSTANCES, "redis"}
    assert all(each["passed"] and each["seconds"]["restore"] > 0 for each in reports)
    checked = breakable.command("drill", "--check-evidence", "--public-key", str(public), *where)
    assert checked.returncode == 0, checked.stderr
    assert f"The chain of {len(reports)} reports" in checked.stdout
    assert not [name for name in breakable.leftovers() if "restored" in name or "-drill-" in name]


def test_a_drill_of_an_instance_whose_isolation_is_lost_fails_and_says_so(
    breakable: StackUnderTest, tmp_path: Path
) -> None:
    await_full(breakable)
    table = "ALTER TABLE user_service.users {} ROW LEVEL SECURITY"
    psql = ["psql", "-XqAt", "-d", "aqstream", "-c"]
    assert execute(breakable, [*psql, table.format("DISABLE")])[0] == 0
    try:
        drill = breakable.command("drill", "-i", INSTANCE, "--evidence", str(tmp_path), timeout=300)
    finally:
        execute(breakable, [*psql, table.format("ENABLE")])
    assert drill.returncode == 4
    assert f"the drill of {INSTANCE} failed" in drill.stderr
    (report,) = (tmp_path / breakable.name).glob("*.json")
    failed = [each for each in json.loads(report.read_text())["judgements"] if not each["passed"]]
    assert [each["name"] for each in failed] == ["isolation"]
    assert "user_service.users" in failed[0]["detail"]
    assert not [name for name in breakable.leftovers() if "restored" in name]
