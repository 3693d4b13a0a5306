"""A replica that somebody promotes by hand: it is noticed, spoils no archive, and is a replica again afterwards."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from infra.backup.container import execute
from tests.production.cluster import SUPERUSER, Replicated, wait_for
from tests.production.trial import HEAL_SECONDS

pytestmark = [pytest.mark.docker, pytest.mark.long]

NAME = "postgres-user"
WAL_FILE = re.compile("[0-9A-F]{8}")
WHILE_IT_TRIES_TO_ARCHIVE = 15.0


@contextmanager
def maintenance(instance: Replicated) -> Iterator[None]:
    """Patroni looks on, and lets people do what they do."""
    _pause(instance, is_on=True)
    try:
        yield
    finally:
        _pause(instance, is_on=False)


def _pause(instance: Replicated, *, is_on: bool) -> None:
    nodes = [instance.cluster.node(name) for name in instance.node_names]
    nodes[0].require("PATCH", "/config", {"pause": is_on or None})
    wait_for(lambda: all(bool(node.state().get("pause")) == is_on for node in nodes), 30, "the same word of every node")


def _on(instance: Replicated, node: str, statement: str) -> str:
    ended = execute(f"aqstream-{instance.stack.name}-{node}", [*SUPERUSER, "-d", "postgres", "-c", statement])
    assert ended.code == 0, ended.reason
    return ended.output.strip()


def _archived(instance: Replicated) -> set[str]:
    """Files of the archive that are of a timeline which the primary is not on yet."""
    node = f"aqstream-{instance.stack.name}-{instance.leader()}"
    listed = execute(node, ["pgbackrest", f"--stanza={NAME}", "repo-ls", "--recurse", f"archive/{NAME}"])
    assert listed.code == 0, listed.reason
    timeline = int(instance.superuser("postgres", "SELECT timeline_id FROM pg_control_checkpoint()"))
    names = {line.rpartition("/")[2] for line in listed.output.splitlines()}
    return {name for name in names if WAL_FILE.match(name) and int(name[:8], 16) > timeline}


def test_it_is_noticed_spoils_no_archive_and_follows_again(user: Replicated) -> None:
    replica = user.replicas()[-1]
    with maintenance(user):
        _on(user, replica, "SELECT pg_promote()")
        _on(user, replica, "CREATE TABLE public.stray (number int); SELECT pg_switch_wal()")
        time.sleep(WHILE_IT_TRIES_TO_ARCHIVE)
        failed = int(_on(user, replica, "SELECT failed_count FROM pg_stat_archiver"))
        noticed = user.stack.command("verify", "--only", "replication_has_one_primary")
    assert noticed.returncode == 1, noticed.stdout
    assert "two histories are being made" in noticed.stdout
    assert failed > 0
    wait_for(user.is_whole, HEAL_SECONDS, "replica that follows again")
    assert _on(user, replica, "SELECT to_regclass('public.stray') IS NULL") == "t"
    assert _archived(user) == set()
    assert user.archives()
    assert user.is_contiguous()
    user.cluster.hand_over(replica)
    wait_for(user.is_whole, HEAL_SECONDS, "whole cluster with it as the primary")
    assert user.archives()
