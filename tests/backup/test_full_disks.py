"""A disk of the instance that is too small: it has no room for a restore, or soon none for WAL."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.backup.on_stack import (
    INSTANCE,
    await_full,
    execute,
    findings,
    row_count,
    window,
    write_rows,
)
from tests.servers.small_volume import on_small_disks
from tests.servers.stack import StackUnderTest

pytestmark = [pytest.mark.docker, pytest.mark.long]
SIZES = {f"{INSTANCE}-data": 560}
HOME = "/var/lib/postgresql"


@pytest.fixture(scope="module")
def cramped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackUnderTest]:
    """A stack of which one instance has a small disk."""
    with on_small_disks(tmp_path_factory.mktemp("cramped"), "tf", SIZES) as made:
        yield made


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


def test_a_service_s_schema_is_not_brought_where_it_has_no_room(cramped: StackUnderTest) -> None:
    await_full(cramped)
    before = cramped.leftovers()
    with filled(cramped, free=60_000_000):
        refused = cramped.command("restore", "-i", INSTANCE, "--service", "user_service")
        assert refused.returncode == 4, refused.stdout
        assert "the volume of its data has" in refused.stderr
        assert "nothing was changed" in refused.stderr
        assert "service.dump" not in execute(cramped, ["ls", HOME])[1]
    schemas = "SELECT count(*) FROM pg_namespace WHERE nspname = 'user_service_restored'"
    assert execute(cramped, ["psql", "-XqAt", "-d", "aqstream", "-c", schemas]) == (0, "0\n")
    assert cramped.leftovers() == before


@contextmanager
def filled(stack: StackUnderTest, free: int) -> Iterator[None]:
    """So many bytes are left on the instance's disk."""
    length = f"$(($(df --output=avail --block-size=1 . | tail -n 1) - {free}))"
    execute(stack, ["sh", "-c", f"cd {HOME} && fallocate --length {length} filler"])
    try:
        yield
    finally:
        execute(stack, ["rm", f"{HOME}/filler"])


def test_a_disk_that_waiting_wal_could_fill_is_a_finding_before_it_is_full(cramped: StackUnderTest) -> None:
    await_full(cramped)
    assert findings(cramped, "backup_wal_has_room") == []
    with filled(cramped, free=20_000_000):
        (found,) = findings(cramped, "backup_wal_has_room")
        assert "MB are free" in found
