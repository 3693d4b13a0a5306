"""A primary that vanishes with WAL it had not archived: the node that takes over archives it."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.production.cluster import Replicated, wait_for
from tests.production.trial import HEAL_SECONDS
from tests.servers.stack import StackUnderTest

pytestmark = [pytest.mark.docker, pytest.mark.long]

SEGMENTS = 3
WAITING = "SELECT count(*) FROM pg_ls_archive_statusdir() WHERE name ~ 'ready$'"


@contextmanager
def store_that_does_not_answer(stack: StackUnderTest) -> Iterator[None]:
    store = stack.container("minio")
    store.pause()
    try:
        yield
    finally:
        store.unpause()


def window(instance: Replicated) -> dict[str, object]:
    shown = instance.stack.command("backup", "window", "--json", "-i", instance.name)
    assert shown.returncode == 0, shown.stderr
    found: dict[str, object] = json.loads(shown.stdout)[0]
    return found


def test_the_archive_has_no_gap(user: Replicated) -> None:
    wait_for(lambda: window(user)["earliest"], HEAL_SECONDS, "full backup")
    assert user.archives()
    former = user.container(user.leader())
    with store_that_does_not_answer(user.stack):
        for number in range(SEGMENTS):
            table = f"public.unarchived_{number}"
            user.superuser("aqstream", f"CREATE TABLE {table} (); DROP TABLE {table}")
            user.superuser("aqstream", "SELECT pg_switch_wal()")
        waiting = int(user.superuser("postgres", WAITING))
        wait_for(user.is_whole, HEAL_SECONDS, "replicas that have it all")
        former.kill()
    try:
        assert waiting >= SEGMENTS
        wait_for(lambda: user.leader() not in str(former.name), HEAL_SECONDS, "another leader")
        in_recovery = "SELECT pg_is_in_recovery()"
        wait_for(lambda: user.superuser("postgres", in_recovery) == "f", HEAL_SECONDS, "promoted leader")
        wait_for(user.archives, HEAL_SECONDS, "archive of the next timeline")
        time.sleep(1)
        assert user.is_contiguous()
    finally:
        former.start()
    wait_for(user.is_whole, HEAL_SECONDS, "whole cluster")
