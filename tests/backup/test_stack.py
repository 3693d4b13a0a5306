"""Backups of a deployed stack: archiving, the schedule, restore and drill."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import docker
import pytest

from tests.backup.on_stack import INSTANCE, await_archived, await_full, execute, make_full, query, store, switch_wal
from tests.servers.stack import StackUnderTest

pytestmark = pytest.mark.docker
NAMES = ("markers", "moment", "timeline", "changelog", "rows", "isolation", "amcheck")


def restored_leftovers(stack: StackUnderTest) -> list[str]:
    return [name for name in stack.leftovers() if "restored" in name]


def test_a_finished_wal_segment_is_in_the_repository_within_a_minute(backed_up: StackUnderTest) -> None:
    assert await_archived(backed_up, switch_wal(backed_up)) < 60
    assert query(backed_up, "SELECT failed_count FROM pg_stat_archiver") == "0"


def test_the_scheduler_makes_the_first_full_by_itself(backed_up: StackUnderTest) -> None:
    await_full(backed_up)
    listed = json.loads(backed_up.command("backup", "list", "--json", "-i", INSTANCE).stdout)
    assert [backup["type"] for backup in listed] == ["full"]


def test_objects_are_unreadable_without_the_key(backed_up: StackUnderTest) -> None:
    await_full(backed_up)
    client = store(backed_up)
    names = [each.object_name or "" for each in client.list_objects("backups", f"{INSTANCE}/", recursive=True)]
    manifest = next(name for name in names if name.endswith("backup.manifest"))
    assert client.get_object("backups", manifest).read(8) == b"Salted__"


def test_only_files_too_large_for_a_bundle_are_kept_in_blocks(backed_up: StackUnderTest) -> None:
    await_full(backed_up)
    query(backed_up, "CREATE TABLE public.large AS SELECT repeat('x', 1000) FROM generate_series(1, 4000)")
    path = query(backed_up, "SELECT 'pg_data/' || pg_relation_filepath('public.large')")
    make_full(backed_up)
    query(backed_up, "DROP TABLE public.large")
    newest = json.loads(backed_up.command("backup", "list", "--json", "-i", INSTANCE).stdout)[-1]
    manifest = f"backup/{INSTANCE}/{newest['label']}/backup.manifest"
    files = files_of(execute(backed_up, ["pgbackrest", f"--stanza={INSTANCE}", "repo-get", manifest])[1])
    assert [name for name, found in files.items() if "bim" in found] == [path]
    assert "bni" not in files[path]


def files_of(manifest: str) -> dict[str, dict[str, object]]:
    """What a manifest says of each file: `bni` is the bundle that holds it, `bim` the size of its map of blocks."""
    lines = (line.split("=", 1) for line in manifest.splitlines() if line.startswith("pg_data/"))
    described = ((name, json.loads(text)) for name, text in lines)
    return {name: found for name, found in described if "size" in found}


def test_a_drill_passes_leaves_evidence_and_nothing_else(backed_up: StackUnderTest, tmp_path: Path) -> None:
    await_full(backed_up)
    drill = backed_up.command("drill", "-i", INSTANCE, "--evidence", str(tmp_path))
    assert drill.returncode == 0, drill.stdout + drill.stderr
    (report,) = (tmp_path / backed_up.name).glob("*.json")
    judged = {each["name"]: each["passed"] for each in json.loads(report.read_text())["judgements"]}
    assert judged == dict.fromkeys(NAMES, True)
    assert restored_leftovers(backed_up) == []
    assert query(backed_up, "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'drill%'") == "0"
    assert backed_up.command("drill", "--check-evidence", "--evidence", str(tmp_path)).returncode == 0


WRITES = """
CREATE TABLE IF NOT EXISTS public.written AS SELECT n AS id, 0 AS times FROM generate_series(1, 1000) AS n;
DO $$BEGIN LOOP
  UPDATE public.written SET times = times + 1 WHERE id <= 20;
  INSERT INTO public.written VALUES (0, 0);
  COMMIT;
  PERFORM pg_sleep(0.02);
END LOOP; END$$
"""


@contextmanager
def busy(stack: StackUnderTest) -> Iterator[None]:
    """While somebody commits to a table of the services' database all the time."""
    database = ("psql", "-Xq", "-d", "aqstream")
    statements = [part for text in WRITES.split(";\nDO", 1) for part in ("-c", text)]
    statements[-1] = f"DO{statements[-1]}"
    unguarded = {"PGOPTIONS": "-c event_triggers=off", "PGAPPNAME": "writer"}
    stack.container(INSTANCE).exec_run([*database, *statements], detach=True, environment=unguarded)
    try:
        yield
    finally:
        end = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'writer'"
        for statement in (end, "SET event_triggers = off; DROP TABLE public.written"):
            assert execute(stack, [*database, "-c", statement])[0] == 0


def test_a_drill_of_a_busy_instance_judges_what_stayed_as_it_was(backed_up: StackUnderTest, tmp_path: Path) -> None:
    await_full(backed_up)
    with busy(backed_up):
        drill = backed_up.command("drill", "-i", INSTANCE, "--evidence", str(tmp_path))
    (report,) = (tmp_path / backed_up.name).glob("*.json")
    judged = {each["name"]: each for each in json.loads(report.read_text())["judgements"]}
    assert judged["rows"]["passed"], drill.stdout
    assert "1 written meanwhile with their" in judged["rows"]["detail"]


@pytest.mark.parametrize("target", ["2001-01-01", "2999-01-01", "backup:20010101-000000F", "nonsense"])
def test_an_impossible_target_is_refused_before_anything_is_made(backed_up: StackUnderTest, target: str) -> None:
    refused = backed_up.command("restore", "-i", INSTANCE, "--to", target)
    assert refused.returncode in (2, 4)
    assert refused.stderr.count("error:") == 1
    assert "Traceback" not in refused.stderr
    assert restored_leftovers(backed_up) == []


def test_a_restored_copy_neither_archives_nor_schedules(backed_up: StackUnderTest) -> None:
    await_full(backed_up)
    restore = backed_up.command("restore", "-i", INSTANCE)
    assert restore.returncode == 0, restore.stderr
    (name,) = [found for found in restored_leftovers(backed_up) if not found.endswith("-data")]
    copy = docker.from_env().containers.get(name)
    assert copy.exec_run(["psql", "-XqAt", "-c", "SHOW archive_mode"]).output == b"off\n"
    assert copy.exec_run(["pgrep", "supercronic"]).exit_code == 1
    copy.remove(force=True)
    docker.from_env().volumes.get(f"{name}-data").remove()


def test_a_restore_that_is_interrupted_leaves_nothing(backed_up: StackUnderTest) -> None:
    await_full(backed_up)
    restore = backed_up.start("restore", "-i", INSTANCE)
    deadline = time.monotonic() + 60
    while not restored_leftovers(backed_up):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    restore.send_signal(2)
    _, errors = restore.communicate(timeout=60)
    assert restore.returncode == 8, errors
    assert restored_leftovers(backed_up) == []


def test_the_backup_rules_pass_on_a_fresh_stack(backed_up: StackUnderTest) -> None:
    await_full(backed_up)
    report = backed_up.command("verify", "--plane", "live", "--only", "backup_*", "--format", "json")
    content = json.loads(report.stdout)
    assert (report.returncode, content["findings"]) == (0, []), report.stdout


def test_a_random_moment_is_not_before_the_verifier_s_password_was_changed(
    backed_up: StackUnderTest, tmp_path: Path
) -> None:
    await_full(backed_up)
    changed = backed_up.command("up", "--skip-verify", "--yes", "--replace", f"**Password::{INSTANCE}-verifier")
    assert changed.returncode == 0, changed.stderr
    rotated = datetime.now(UTC)
    drill = backed_up.command("drill", "-i", INSTANCE, "--to", "random", "--evidence", str(tmp_path))
    assert drill.returncode == 0, drill.stdout + drill.stderr
    (report,) = (tmp_path / backed_up.name).glob("*.json")
    assert datetime.fromisoformat(json.loads(report.read_text())["target"]) > rotated - timedelta(seconds=30)
