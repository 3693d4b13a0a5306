"""An instance with replicas: recovery over a change of primary, into a copy, and in place."""

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from infra.backup.container import execute
from infra.model.availability import pooler_of
from tests.backup.on_stack import window
from tests.production.cluster import SUPERUSER, Replicated, wait_for
from tests.servers.stack import stack

pytestmark = [pytest.mark.docker, pytest.mark.long]
INSTANCE = "postgres-user"
MOMENT = "SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS')"


@pytest.fixture(scope="module")
def replicated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replicated]:
    """One instance with a synchronous replica, and one etcd node."""
    with stack(tmp_path_factory.mktemp("replicated"), "tr") as made:
        made.replicate([INSTANCE], 1, synchronous=True)
        made.settings["availability"] = {"etcd": {"nodes": 1}}
        made.configure()
        up = made.command("up", "--skip-verify", timeout=600)
        assert up.returncode == 0, up.stderr
        yield Replicated(made, INSTANCE, "user_service", 2)


def write(found: Replicated, label: str, count: int) -> None:
    found.superuser("postgres", "CREATE TABLE IF NOT EXISTS public.proof (label text)")
    found.superuser("postgres", f"INSERT INTO public.proof SELECT '{label}' FROM generate_series(1, {count})")


def count(container: str, label: str) -> int:
    statement = f"SELECT count(*) FROM public.proof WHERE label = '{label}'"
    ended = execute(container, [*SUPERUSER, "-d", "postgres", "-c", statement])
    assert ended.code == 0, ended.reason
    return int(ended.output)


def counts(found: Replicated, label: str) -> set[int]:
    """On every node."""
    return {count(container, label) for container in found.cluster.containers}


def point(found: Replicated, name: str) -> str:
    found.superuser("postgres", f"SELECT pg_create_restore_point('{name}')")
    return f"name:{name}"


def archived(found: Replicated) -> None:
    """Everything written so far is in the repository, in a second of its own."""
    segment = found.superuser("postgres", "SELECT pg_walfile_name(pg_switch_wal())")
    question = f"SELECT last_archived_wal >= '{segment}' FROM pg_stat_archiver"
    wait_for(lambda: found.superuser("postgres", question) == "t", 120, "archived segment")
    time.sleep(1.1)


def with_backup(found: Replicated) -> None:
    wait_for(lambda: '"full"' in found.stack.command("backup", "list", "--json", "-i", INSTANCE).stdout, 180, "full")


def in_place(found: Replicated, to: str, *options: str) -> "subprocess.CompletedProcess[str]":
    confirmed = ("--in-place", "--confirm", f"aqstream-{found.stack.name}-{INSTANCE}", *options)
    return found.stack.command("restore", "-i", INSTANCE, "--to", to, *confirmed, timeout=500)


def started_at(found: Replicated) -> list[str]:
    """When each node's container was started."""
    client = docker.from_env()
    return [client.containers.get(each).attrs["State"]["StartedAt"] for each in found.cluster.containers]


def restored(found: Replicated, to: str) -> tuple[int, int]:
    """Rows from before and after the change of primary in a copy at the moment; the copy is removed."""
    known = set(found.stack.leftovers())
    done = found.stack.command("restore", "-i", INSTANCE, "--to", to, timeout=400)
    assert done.returncode == 0, done.stderr
    (name,) = (each for each in found.stack.leftovers() if each not in known and not each.endswith("-data"))
    client = docker.from_env()
    try:
        return count(name, "before"), count(name, "after")
    finally:
        client.containers.get(name).remove(force=True)
        client.volumes.get(f"{name}-data").remove()


def test_a_drill_judges_the_copy_and_asks_neither_pooler_nor_replica(replicated: Replicated, tmp_path: Path) -> None:
    with_backup(replicated)
    pooler = replicated.container(pooler_of(INSTANCE))
    pooler.pause()
    try:
        drill = replicated.stack.command("drill", "-i", INSTANCE, "--evidence", str(tmp_path), timeout=300)
    finally:
        pooler.unpause()
    assert drill.returncode == 0, drill.stdout + drill.stderr


def test_recovery_goes_over_a_change_of_primary_and_stops_before_it(replicated: Replicated) -> None:
    with_backup(replicated)
    write(replicated, "before", 3)
    time.sleep(2)
    earlier = replicated.superuser("postgres", MOMENT)
    time.sleep(2)
    write(replicated, "before", 1)
    archived(replicated)
    former = replicated.leader()
    switched = replicated.stack.command("switchover", INSTANCE, "--to", replicated.replicas()[0])
    assert switched.returncode == 0, switched.stderr
    wait_for(replicated.is_whole, 90, "whole cluster")
    assert replicated.leader() != former
    write(replicated, "after", 2)
    archived(replicated)
    assert window(replicated.stack)["gaps"] == []
    assert restored(replicated, "latest") == (4, 2)
    assert restored(replicated, earlier) == (3, 0)


def test_it_goes_back_in_place_and_its_replica_follows(replicated: Replicated) -> None:
    with_backup(replicated)
    write(replicated, "kept", 3)
    to = point(replicated, "before-release")
    write(replicated, "undone", 5)
    archived(replicated)
    done = in_place(replicated, to)
    assert done.returncode == 0, done.stderr
    wait_for(replicated.is_whole, 120, "whole cluster")
    assert (counts(replicated, "kept"), counts(replicated, "undone")) == ({3}, {0})
    write(replicated, "since", 1)
    assert (
        replicated.superuser("postgres", "SELECT count(*) FROM pg_stat_replication WHERE sync_state <> 'async'") == "1"
    )
    archived(replicated)
    assert window(replicated.stack)["gaps"] == []
    switched = replicated.stack.command("switchover", INSTANCE, "--to", replicated.replicas()[0])
    assert switched.returncode == 0, switched.stderr
    wait_for(replicated.is_whole, 90, "whole cluster")
    assert (counts(replicated, "kept"), counts(replicated, "undone"), counts(replicated, "since")) == ({3}, {0}, {1})


def test_a_target_that_is_not_reached_leaves_the_cluster_as_it_was(replicated: Replicated) -> None:
    with_backup(replicated)
    write(replicated, "precious", 4)
    time.sleep(3)
    archived(replicated)
    refused = in_place(replicated, window(replicated.stack)["latest"])
    assert refused.returncode == 4, refused.stderr
    assert "recovery ended before configured recovery target was reached" in refused.stderr
    wait_for(replicated.is_whole, 120, "whole cluster")
    assert counts(replicated, "precious") == {4}


def test_a_name_that_is_nowhere_is_refused_before_any_node_is_stopped(replicated: Replicated) -> None:
    with_backup(replicated)
    started = started_at(replicated)
    refused = in_place(replicated, "name:never-made")
    assert refused.returncode == 4, refused.stderr
    assert "no restore point 'never-made' is in the archive" in refused.stderr
    assert started_at(replicated) == started


def test_a_second_copy_comes_back_in_place_whichever_node_leads(
    replicated: Replicated, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with_backup(replicated)
    second = tmp_path_factory.mktemp("second")
    write(replicated, "exported", 3)
    archived(replicated)
    exported = replicated.stack.command("backup", "export", "-i", INSTANCE, "--to", str(second))
    assert exported.returncode == 0, exported.stderr
    write(replicated, "after the export", 2)
    for _ in replicated.cluster.containers:
        done = in_place(replicated, "latest", "--from", str(second))
        assert done.returncode == 0, done.stderr
        wait_for(replicated.is_whole, 120, "whole cluster")
        assert (counts(replicated, "exported"), counts(replicated, "after the export")) == ({3}, {0})
        archived(replicated)
        switched = replicated.stack.command("switchover", INSTANCE, "--to", replicated.replicas()[0])
        assert switched.returncode == 0, switched.stderr
        wait_for(replicated.is_whole, 90, "whole cluster")


def test_an_old_snapshot_of_etcd_does_not_make_its_leader_lead_again(replicated: Replicated) -> None:
    made = replicated.stack.command("etcd", "snapshot")
    assert made.returncode == 0, made.stderr
    former = replicated.leader()
    switched = replicated.stack.command("switchover", INSTANCE, "--to", replicated.replicas()[0])
    assert switched.returncode == 0, switched.stderr
    wait_for(replicated.is_whole, 90, "whole cluster")
    timeline = "SELECT timeline_id FROM pg_control_checkpoint()"
    before = replicated.superuser("postgres", f"CHECKPOINT; {timeline}")
    etcd = replicated.stack.command("etcd", "restore", "--to", made.stdout.strip(), "--confirm", "etcd", timeout=300)
    assert etcd.returncode == 0, etcd.stderr
    write(replicated, "after etcd came back", 1)
    wait_for(replicated.is_whole, 90, "whole cluster")
    assert replicated.leader() != former
    assert replicated.superuser("postgres", f"CHECKPOINT; {timeline}") == before
    assert counts(replicated, "after etcd came back") == {1}
