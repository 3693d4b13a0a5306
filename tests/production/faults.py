"""What can happen to a cluster while it is written to; each fault does it, and says how to mend it."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import docker
from docker.models.containers import Container

from tests.production.cluster import Replicated, kill_main_process

Fault = Callable[[Replicated], Iterator[None]]
_DOWN_SECONDS = 20.0


def primary_process_killed(instance: Replicated) -> Iterator[None]:
    """SIGKILL to the primary's first process; Patroni and the container go on."""
    container = instance.container(instance.leader())
    container.exec_run(["sh", "-c", "kill -9 $(head -1 /var/lib/postgresql/data/postmaster.pid)"])
    yield


def primary_container_killed(instance: Replicated) -> Iterator[None]:
    """SIGKILL to everything in the primary's container, which stays down as if its host had."""
    yield from _killed(instance.container(instance.leader()))


def primary_container_killed_and_restarted(instance: Replicated) -> Iterator[None]:
    """The same, and Docker starts it again at once."""
    kill_main_process(instance.container(instance.leader()))
    yield


def replica_killed(instance: Replicated) -> Iterator[None]:
    """SIGKILL to a replica's container, where there is one to the synchronous one's."""
    yield from _killed(instance.container(instance.replicas()[0]))


def etcd_leader_killed(instance: Replicated) -> Iterator[None]:
    """SIGKILL to the container of the etcd node that leads."""
    yield from _killed(instance.container(instance.etcd_leader()))


def etcd_quorum_lost(instance: Replicated) -> Iterator[None]:
    """SIGKILL to two of etcd's three nodes, the leading one among them: nobody can be elected until they are back."""
    lost = quorum(instance)
    for container in lost:
        container.kill()
    try:
        yield
        time.sleep(_DOWN_SECONDS)
    finally:
        for container in lost:
            container.start()


def quorum(instance: Replicated) -> list[Container]:
    """Two of etcd's nodes, the leading one first."""
    leader = instance.etcd_leader()
    other = next(name for name in instance.etcd_nodes() if name != leader)
    return [instance.container(leader), instance.container(other)]


def proxy_killed(instance: Replicated) -> Iterator[None]:
    """SIGKILL to HAProxy; Docker starts it again."""
    kill_main_process(instance.container(f"{instance.name}-proxy"))
    yield


def pooler_killed(instance: Replicated) -> Iterator[None]:
    """SIGKILL to PgBouncer; Docker starts it again."""
    kill_main_process(instance.container(f"{instance.name}-pooler"))
    yield


def primary_partitioned(instance: Replicated) -> Iterator[None]:
    """The primary's container is taken off every network, and runs on alone."""
    with _without_network(instance.container(instance.leader())):
        yield
        time.sleep(_DOWN_SECONDS)


def primary_patroni_hangs(instance: Replicated) -> Iterator[None]:
    """The primary's Patroni stops in the middle of its work and says nothing more; its PostgreSQL runs on."""
    container = instance.container(instance.leader())
    container.exec_run(["pkill", "-STOP", "--full", "aqstream-patroni /run"])
    yield
    time.sleep(_DOWN_SECONDS)


def switchover(instance: Replicated) -> Iterator[None]:
    """A planned change of the primary."""
    instance.cluster.hand_over(instance.replicas()[0])
    yield


def _killed(container: Container) -> Iterator[None]:
    container.kill()
    try:
        yield
        time.sleep(_DOWN_SECONDS)
    finally:
        container.start()


@contextmanager
def _without_network(container: Container) -> Iterator[None]:
    client = docker.from_env()
    joined: dict[str, Any] = container.attrs["NetworkSettings"]["Networks"]
    for name in joined:
        client.networks.get(name).disconnect(container)
    try:
        yield
    finally:
        for name, settings in joined.items():
            aliases = [alias for alias in settings["Aliases"] or () if not str(container.id).startswith(alias)]
            client.networks.get(name).connect(container, aliases=aliases)


FAULTS: tuple[Fault, ...] = (
    switchover,
    primary_process_killed,
    primary_container_killed,
    primary_container_killed_and_restarted,
    primary_partitioned,
    primary_patroni_hangs,
    replica_killed,
    etcd_leader_killed,
    etcd_quorum_lost,
    proxy_killed,
    pooler_killed,
)
