"""The object store is gone: instances are restored from the folder that their repositories were exported to."""

import shutil
from pathlib import Path

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
    make_full,
    query,
    row_count,
    switch_wal,
    window,
    write_rows,
)
from tests.servers.stack import StackUnderTest

pytestmark = [pytest.mark.docker, pytest.mark.long]


@pytest.fixture(scope="module")
def second(breakable: StackUnderTest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An export, after which rows were written."""
    await_full(breakable)
    write_rows(breakable, "exported", 3)
    archive(breakable)
    folder = tmp_path_factory.mktemp("second")
    export(breakable, folder)
    write_rows(breakable, "after the export", 1)
    archive(breakable)
    return folder


def export(stack: StackUnderTest, folder: Path) -> None:
    done = stack.command("backup", "export", "-i", INSTANCE, "--to", str(folder))
    assert done.returncode == 0, done.stderr


def restore_in_place(stack: StackUnderTest, folder: Path, to: str = "latest") -> None:
    done = stack.command("restore", "-i", INSTANCE, "--from", str(folder), "--to", to, *in_place(stack), timeout=400)
    assert done.returncode == 0, done.stderr


def rows(stack: StackUnderTest) -> list[int]:
    return [row_count(stack, label) for label in ("exported", "after the export")]


def test_a_copy_has_what_was_exported_and_no_more(breakable: StackUnderTest, second: Path) -> None:
    with copy_at(breakable, "latest", "--from", str(second)) as copy:
        assert [count_in(copy, label) for label in ("exported", "after the export")] == [3, 0]
        assert copy.exec_run(["psql", "-XqAt", "-d", "postgres", "-c", "SHOW archive_mode"]).output == b"off\n"
    assert rows(breakable) == [3, 1]


def test_lists_windows_and_refusals_are_of_the_folder(breakable: StackUnderTest, second: Path) -> None:
    chosen = ("-i", INSTANCE, "--from", str(second))
    listed, shown = breakable.command("backup", "list", *chosen), breakable.command("backup", "window", *chosen)
    assert (listed.returncode, shown.returncode) == (0, 0), listed.stderr + shown.stderr
    assert window(breakable)["spans"][0]["backup"] in listed.stdout
    assert window(breakable, "--from", str(second))["latest"] < window(breakable)["latest"]
    refused = breakable.command("restore", *chosen, "--to", "2001-01-01", "--plan")
    assert refused.returncode == 4
    assert f"aqdata backup list --stack {breakable.name} --from {second}" in refused.stderr


def test_a_service_comes_from_the_folder(breakable: StackUnderTest, second: Path) -> None:
    done = breakable.command("restore", "-i", INSTANCE, "--from", str(second), "--service", "user_service", timeout=300)
    breakable.container(INSTANCE).exec_run(
        ["psql", "-Xq", "-d", "aqstream", "-c", "DROP SCHEMA user_service_restored CASCADE"]
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture(params=["no folder", "another instance's", "another key", "a lost backup", "lost pages", "unreadable"])
def useless(request: pytest.FixtureRequest, second: Path, tmp_path: Path) -> tuple[Path, str]:
    """A folder that nothing can be restored from, and what is said of it."""
    folder = tmp_path / "useless"
    own = folder / INSTANCE
    if request.param != "no folder":
        shutil.copytree(second, folder)
    match request.param:
        case "another instance's":
            own.rename(folder / "postgres-shared")
        case "another key":
            for index in own.rglob("*.info*"):
                index.write_bytes(b"Salted__" + bytes(range(8)) + b"written under another key, as it seems. " * 4)
        case "a lost backup":
            for manifest in own.rglob("backup.manifest*"):
                manifest.unlink()
        case "lost pages":
            for bundle in own.glob("backup/*/*/bundle/*"):
                bundle.unlink()
        case "unreadable":
            for index in own.rglob("*.info*"):
                index.chmod(0o600)
    missing = request.param in ("no folder", "another instance's")
    return folder, "no repository of postgres-user is there" if missing else f"chmod -R a+rX {own}/*"


@pytest.mark.parametrize("kind", ["a copy", "in place"])
def test_what_cannot_be_restored_from_is_refused_in_one_message_and_nothing_is_touched(
    breakable: StackUnderTest, useless: tuple[Path, str], kind: str
) -> None:
    folder, said = useless
    before, started = breakable.leftovers(), breakable.container(INSTANCE).attrs["State"]["StartedAt"]
    more = in_place(breakable) if kind == "in place" else ()
    refused = breakable.command("restore", "-i", INSTANCE, "--from", str(folder), *more, timeout=300)
    assert refused.returncode in (2, 4), refused.stderr
    assert refused.stderr.count("error:") == 1, refused.stderr
    assert said in refused.stderr
    assert "Traceback" not in refused.stderr
    assert breakable.leftovers() == before
    assert breakable.container(INSTANCE).attrs["State"]["StartedAt"] == started
    assert rows(breakable) == [3, 1]


def test_a_bucket_is_refused_with_the_way_into_a_folder(breakable: StackUnderTest) -> None:
    refused = breakable.command("restore", "-i", INSTANCE, "--from", "s3://store.example/bucket")
    assert refused.returncode == 2
    assert "expected a folder" in refused.stderr


def test_a_store_that_knows_later_timelines_takes_the_restored_servers_own(
    breakable: StackUnderTest, second: Path
) -> None:
    for _ in range(2):
        restore_in_place(breakable, second)
        assert rows(breakable) == [3, 0]
        assert await_archived(breakable, switch_wal(breakable)) < 60
    assert window(breakable)["gaps"] == []


def test_a_store_alone_that_is_lost_is_made_anew_and_backups_go_on(breakable: StackUnderTest) -> None:
    before, store = rows(breakable), breakable.container("minio")
    store.remove(force=True)
    docker.from_env().volumes.get(f"{store.name}-data").remove(force=True)
    switch_wal(breakable)
    up = breakable.command("up", "--refresh", "--skip-verify", timeout=600)
    assert up.returncode == 0, up.stderr
    assert rows(breakable) == before
    assert await_archived(breakable, switch_wal(breakable)) < 60
    make_full(breakable)
    archive(breakable)
    assert window(breakable)["gaps"] == []
    with copy_at(breakable, "latest") as copy:
        assert [count_in(copy, label) for label in ("exported", "after the export")] == before


def test_everything_but_the_folder_and_the_state_is_lost_and_the_rows_come_back(
    breakable: StackUnderTest, second: Path, tmp_path: Path
) -> None:
    breakable.clear()
    up = breakable.command("up", "--refresh", "--skip-verify", timeout=600)
    assert up.returncode == 0, up.stderr
    assert query(breakable, "SELECT to_regclass('public.proof') IS NULL") == "t"
    make_full(breakable)
    refused = breakable.command("backup", "export", "-i", INSTANCE, "--to", str(second), "--prune")
    assert refused.returncode == 4, refused.stderr
    assert "the copy there is of another repository" in refused.stderr
    with copy_at(breakable, "latest", "--from", str(second)) as copy:
        assert count_in(copy, "exported") == 3

    restore_in_place(breakable, second)

    assert rows(breakable) == [3, 0]
    write_rows(breakable, "since", 2)
    archive(breakable)
    assert window(breakable)["gaps"] == []
    with copy_at(breakable, "latest") as copy:
        assert [count_in(copy, label) for label in ("exported", "since")] == [3, 2]
    export(breakable, tmp_path)
    with copy_at(breakable, "latest", "--from", str(tmp_path)) as copy:
        assert [count_in(copy, label) for label in ("exported", "since")] == [3, 2]
