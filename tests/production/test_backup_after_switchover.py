"""A backup that is asked for in the moment in which another node has become the primary."""

import pytest

from tests.production.cluster import Replicated, wait_for
from tests.production.trial import HEAL_SECONDS

pytestmark = [pytest.mark.docker, pytest.mark.long]

CHANGED_PAGES = "CREATE TABLE public.changed AS SELECT n, repeat('x', 200) FROM generate_series(1, 400000) n"


def test_it_is_made(user: Replicated) -> None:
    """Until the first checkpoint has ended the new primary's control file names the former timeline."""
    try:
        for _ in range(2):
            user.superuser("aqstream", "DROP TABLE IF EXISTS public.changed")
            user.superuser("aqstream", CHANGED_PAGES)
            wait_for(user.is_whole, HEAL_SECONDS, "replicas that have it all")
            replica = user.replicas()[0]
            user.cluster.hand_over(replica)
            made = user.stack.command("backup", "run", "-i", user.name, "--type", "incr", timeout=300)
            assert made.returncode == 0, made.stderr
    finally:
        wait_for(user.is_whole, HEAL_SECONDS, "whole cluster")
        user.superuser("aqstream", "DROP TABLE IF EXISTS public.changed")
