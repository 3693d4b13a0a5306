"""Every command that docs/backups.md shows does what the page says, on a deployed stack."""

import json
import shlex
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path

import docker
import pytest

from tests.backup.on_stack import INSTANCE, archive, await_full, query, restore_point, row_count, window, write_rows
from tests.servers.stack import INSTANCES, ROOT, StackUnderTest
from tests.test_docs import commands

pytestmark = [pytest.mark.docker, pytest.mark.long]
PAGE = ROOT / "docs" / "backups.md"
OURS, ELSEWHERE = ("backup", "restore", "drill"), ("s3://", "--public-key")
"""What begins so is run here, but for that which test_export and test_evidence run."""
SHOWN = [
    line
    for line in dict.fromkeys(commands(PAGE))
    if line.split()[0] in OURS and not any(words in line for words in ELSEWHERE)
]


@pytest.fixture(scope="module")
def prepared(breakable: StackUnderTest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What stands on the page -> what there is on this stack."""
    folder = tmp_path_factory.mktemp("page")
    await_fulls(breakable)
    key = folder / "drill.key"
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", str(key)], check=True)
    write_rows(breakable, "before", 2)
    point = restore_point(breakable)
    time.sleep(1.1)  # the moment is given in whole seconds, and the rows are older
    moment = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    for instance in ("postgres-user", "postgres-shared"):
        container = breakable.container(instance)
        container.exec_run(["sleep", "1.2"])
        container.exec_run(["psql", "-Xq", "-d", "postgres", "-c", "SELECT pg_logical_emit_message(true, '', 'later')"])
        container.exec_run(["pgbackrest", f"--stanza={instance}", "check"])
    archive(breakable)
    return {
        "2026-03-01T12:00:00Z": moment,
        "backup:20260301-020004F": f"backup:{window(breakable)['spans'][0]['backup']}",
        "before-release": point,
        "aqstream-dev-postgres-user": breakable.container(INSTANCE).name,
        "/srv/second": str(folder / "second"),
        "/mnt/elsewhere": str(folder / "elsewhere"),
        "window.svg": str(folder / "window.svg"),
        "report.html": str(folder / "report.html"),
        "/etc/aqstream/drill.key": str(key),
        "drill.key": str(key),
        "--stack dev": f"--stack {breakable.name}",
        "--stack prod": f"--stack {breakable.name}",
    }


def await_fulls(stack: StackUnderTest) -> None:
    deadline = time.monotonic() + 180
    while not all(found["spans"] for found in json.loads(stack.command("backup", "window", "--json").stdout)):
        assert time.monotonic() < deadline
        time.sleep(1)


def spelled(line: str, prepared: dict[str, str], evidence: Path) -> list[str]:
    done = set[str]()
    for shown, real in prepared.items():
        if shown in line and not any(shown in other for other in done):
            line = line.replace(shown, real)
            done.add(shown)
    words = shlex.split(line)
    return [*words, "--evidence", str(evidence)] if words[0] == "drill" else words


def remove_copies(stack: StackUnderTest) -> None:
    client = docker.from_env()
    for name in stack.leftovers():
        if "-restored-" in name and not name.endswith("-data"):
            client.containers.get(name).remove(force=True)
            client.volumes.get(f"{name}-data").remove()


@pytest.mark.parametrize("line", SHOWN)
def test_a_shown_command_succeeds(
    breakable: StackUnderTest, prepared: dict[str, str], line: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    words = spelled(line, prepared, tmp_path_factory.getbasetemp() / "evidence")
    done = breakable.command(*words, timeout=400)
    remove_copies(breakable)
    if "--service" in words:
        drop = "DROP SCHEMA event_service_restored CASCADE"
        breakable.container("postgres-shared").exec_run(["psql", "-Xq", "-d", "aqstream", "-c", drop])
    assert done.returncode == 0, done.stdout + done.stderr
    assert "error:" not in done.stderr
    assert query(breakable, "SELECT 1") == "1"


def test_the_lists_name_every_instance_and_the_picture_draws_them(breakable: StackUnderTest, tmp_path: Path) -> None:
    await_full(breakable)
    picture = tmp_path / "window.svg"
    listed = breakable.command("backup", "list").stdout
    shown = breakable.command("backup", "window", "--svg", str(picture)).stdout
    found = json.loads(breakable.command("backup", "list", "--json").stdout)
    for instance in INSTANCES:
        for text in (listed, shown, picture.read_text()):
            assert instance in text
        assert any(each["instance"] == instance and each["storedBytes"] > 0 for each in found)


def test_each_kind_of_backup_is_made_with_progress_and_its_size(breakable: StackUnderTest) -> None:
    for kind in ("diff", "incr"):
        done = breakable.command("backup", "run", "-i", INSTANCE, "--type", kind)
        assert done.returncode == 0, done.stderr
        assert "new backup label" in done.stderr
        assert "backup size" in done.stderr
    kinds = {each["type"] for each in json.loads(breakable.command("backup", "list", "-i", INSTANCE, "--json").stdout)}
    assert kinds >= {"full", "diff", "incr"}


def test_rows_survive_all_of_it(breakable: StackUnderTest) -> None:
    assert row_count(breakable, "before") == 2


def test_the_environment_names_each_option(breakable: StackUnderTest) -> None:
    environment = breakable.environment | {"AQDATA_INSTANCE": INSTANCE, "AQDATA_DRY_RUN": "1"}
    done = subprocess.run(
        [str(ROOT / "aqdata"), "backup", "expire"], env=environment, capture_output=True, text=True, check=True
    )
    assert f"{INSTANCE}: " in done.stdout
