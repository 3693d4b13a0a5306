"""A missing or wrong key: one message of each command, no verdict that looks well, and production goes on."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from infra.components.container import UID
from infra.provider.files import FilesInputs, FilesType
from tests.backup.on_stack import (
    INSTANCE,
    archive,
    await_full,
    copy_at,
    count_in,
    execute,
    findings,
    query,
    row_count,
    write_rows,
)
from tests.servers.stack import StackUnderTest

pytestmark = [pytest.mark.docker, pytest.mark.long]
FILE = "pgbackrest.conf"
OTHER = "postgres-shared"
KEY = "repo1-cipher-pass="
COMMANDS = (
    ("backup", "list"),
    ("backup", "window"),
    ("backup", "check"),
    ("backup", "verify"),
    ("backup", "run"),
    ("restore",),
    ("restore", "--in-place"),
    ("drill",),
)


@contextmanager
def configured(stack: StackUnderTest, text: str) -> Iterator[None]:
    """The instance's pgBackRest with this configuration, and its own again afterwards."""
    own = execute(stack, ["cat", f"/etc/aqstream/{FILE}"])[1]
    write(stack, text)
    try:
        yield
    finally:
        write(stack, own)


def write(stack: StackUnderTest, text: str) -> None:
    container = stack.container(INSTANCE)
    volume, image = f"{container.name}-config", container.attrs["Image"]
    FilesType().create(FilesInputs(volume=volume, image=image, files={FILE: text}, uid=UID, gid=UID))


@pytest.fixture(params=["wrong", "missing"])
def lost_key(request: pytest.FixtureRequest, breakable: StackUnderTest) -> Iterator[StackUnderTest]:
    """The stack while the instance's key is another one, or none."""
    await_full(breakable)
    write_rows(breakable, request.param, 2)
    archive(breakable)
    rows = row_count(breakable, request.param)
    lines = execute(breakable, ["cat", f"/etc/aqstream/{FILE}"])[1].splitlines()
    changed = [f"{KEY}{'x' * 40}" if line.startswith(KEY) else line for line in lines]
    if request.param == "missing":
        changed = [line for line in lines if not line.startswith(KEY)]
    with configured(breakable, "\n".join([*changed, ""])):
        yield breakable
    with copy_at(breakable, "latest") as copy:
        assert count_in(copy, request.param) == rows, "with its key again, everything is restorable"


def test_every_command_says_so_in_one_message_and_changes_nothing(lost_key: StackUnderTest, tmp_path: Path) -> None:
    before, started = lost_key.leftovers(), lost_key.container(INSTANCE).attrs["State"]["StartedAt"]
    for command in COMMANDS:
        confirm = ("--confirm", lost_key.container(INSTANCE).name) if "--in-place" in command else ()
        evidence = ("--evidence", str(tmp_path)) if command == ("drill",) else ()
        refused = lost_key.command(*command, "-i", INSTANCE, *confirm, *evidence)
        said = f"{command}: {refused.stdout}{refused.stderr}"
        assert refused.returncode == 4, said
        assert refused.stderr.count("error:") == 1, said
        assert "Traceback" not in refused.stderr, said
        assert "x" * 40 not in refused.stdout + refused.stderr, said
    assert lost_key.leftovers() == before
    assert lost_key.container(INSTANCE).attrs["State"]["StartedAt"] == started
    assert query(lost_key, "SELECT 1") == "1"


def test_verify_does_not_pass(lost_key: StackUnderTest) -> None:
    report = lost_key.command("verify", "--plane", "live", "--only", "backup_*")
    assert report.returncode != 0
    assert findings(lost_key, "backup_repository_is_well") != [] or "unknown" in (report.stdout + report.stderr).lower()


def test_a_drill_that_cannot_restore_leaves_a_failed_report_beside_those_of_the_others(
    lost_key: StackUnderTest, tmp_path: Path
) -> None:
    drill = lost_key.command("drill", "-i", INSTANCE, "-i", OTHER, "--evidence", str(tmp_path), timeout=300)
    assert drill.returncode == 4, drill.stdout + drill.stderr
    reports = {each["instance"]: each for each in map(read, (tmp_path / lost_key.name).glob("*.json"))}
    assert {name: each["passed"] for name, each in reports.items()} == {INSTANCE: False, OTHER: True}
    failed = reports[INSTANCE]
    (stopped,) = failed["judgements"]
    assert (stopped["name"], stopped["passed"]) == ("carried out", False)
    assert failed["cluster"], "the rules find it by its cluster"
    assert "x" * 40 not in json.dumps(failed)


def read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text())
    return found
