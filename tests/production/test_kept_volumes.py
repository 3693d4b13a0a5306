"""Replicas that are given up keep their volumes in a protected stack: what these hold never leads again."""

from collections.abc import Iterator

import pytest

from infra.backup.container import execute
from tests.production.cluster import Replicated, wait_for
from tests.servers.stack import StackUnderTest, stack

pytestmark = [pytest.mark.docker, pytest.mark.long]
INSTANCE = "postgres-user"


@pytest.fixture
def protected(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replicated]:
    """One instance with a replica, whose volumes outlive it, and one etcd node."""
    with stack(tmp_path_factory.mktemp("protected"), "tkv") as made:
        made.settings["protect"] = True
        made.settings["availability"] = {"etcd": {"nodes": 1}}
        made.replicate([INSTANCE], 1)
        made.configure()
        up(made)
        yield Replicated(made, INSTANCE, "user_service", 2)


def up(made: StackUnderTest) -> None:
    done = made.command("up", "--skip-verify", timeout=600)
    assert done.returncode == 0, done.stderr


def changed(made: StackUnderTest, replicas: int) -> None:
    instances = made.settings["instances"]
    made.settings["instances"] = {**instances, INSTANCE: instances[INSTANCE] | {"replicas": replicas}}
    made.configure()


def test_what_a_plain_server_wrote_outlives_the_return_of_old_replicas(protected: Replicated) -> None:
    made = protected.stack
    wait_for(protected.is_whole, 90, "whole cluster")
    protected.cluster.hand_over(f"{INSTANCE}-2")
    wait_for(protected.is_whole, 90, "whole cluster")
    protected.superuser("postgres", "CREATE TABLE public.proof AS SELECT 'cluster' AS label")
    protected.cluster.hand_over(f"{INSTANCE}-1")
    wait_for(protected.is_whole, 90, "whole cluster")

    changed(made, 0)
    given_up = [f"{name}-volume" for name in (f"{INSTANCE}-2-data", "etcd-1-data")]
    assert made.command("stack", "unprotect", *given_up).returncode == 0
    up(made)
    plain = made.container(INSTANCE)
    written = execute(
        str(plain.name),
        ["psql", "-Xqc", "INSERT INTO public.proof SELECT 'plain' FROM generate_series(1, 1000000)", "postgres"],
    )
    assert written.code == 0, written.reason
    plain.kill()  # it has WAL to replay, and comes later than a node that was stopped

    changed(made, 1)
    up(made)
    wait_for(protected.is_whole, 120, "whole cluster")
    assert protected.leader() == f"{INSTANCE}-1"
    for container in protected.cluster.containers:
        found = execute(
            container, ["psql", "-XqAtc", "SELECT label, count(*) FROM public.proof GROUP BY 1", "postgres"]
        )
        assert sorted(found.output.split()) == ["cluster|1", "plain|1000000"]
