"""The servers of an instance that goes back in place: one, or a primary with replicas that Patroni leads."""

from collections.abc import Mapping
from dataclasses import dataclass

import docker
from docker.models.containers import Container

from infra.backup.container import execute
from infra.backup.primary import primary_of
from infra.backup.restore.recovery import await_promotion
from infra.backup.room import is_running
from infra.components.patroni import NAMESPACE
from infra.host.docker_api import place_of
from infra.model.errors import ResourceError
from infra.model.stack import Stack
from infra.patroni.cluster import Cluster

STOP_SECONDS = 120
_REPLICAS_SECONDS = 6 * 3600.0
_FORGOTTEN = ("failover", "failsafe", "history", "leader", "members/", "status", "sync")
"""What Patroni keeps of the cluster's course. By `status` it would hold a primary that went back for one that lags."""


@dataclass(frozen=True)
class Servers:
    """`primary` is the container whose data goes back, `volume` that data; `replicas`: container -> its data's volume.

    `etcd`: containers of the consensus store; none for a plain server.
    """

    instance: str
    primary: str
    volume: str
    replicas: Mapping[str, str]
    etcd: tuple[str, ...]

    @property
    def is_running(self) -> bool:
        """Whether the primary's container runs."""
        return is_running(self.primary)

    def stop(self, client: docker.DockerClient) -> None:
        """The replicas first, so that none of them takes over."""
        for name in (*self.replicas, self.primary):
            client.containers.get(name).stop(timeout=STOP_SECONDS)

    def start(self, client: docker.DockerClient) -> None:
        """The primary first and alone, so that none but it can lead; then the replicas."""
        container = self.start_primary(client)
        if self.replicas:
            await_promotion(container)
        for name in self.replicas:
            client.containers.get(name).start()

    def start_primary(self, client: docker.DockerClient) -> Container:
        """It, on its way up."""
        container = client.containers.get(self.primary)
        container.start()
        return container

    def start_replicas(self, client: docker.DockerClient) -> None:
        """Returns once each of them follows the primary. Raises ResourceError."""
        if not self.replicas:
            return
        # The passwords by which they follow are of the restored moment.
        ended = execute(self.primary, ["aqstream-patroni-roles"])
        if ended.code:
            raise ResourceError(f"{self.primary}: {ended.reason}", f"docker logs {self.primary}")
        for name in self.replicas:
            client.containers.get(name).start()
        names = [name.removeprefix(self._prefix) for name in (self.primary, *self.replicas)]
        Cluster((self.primary, *self.replicas)).await_streaming(names, _REPLICAS_SECONDS)

    def forget_course(self) -> None:
        """Let Patroni judge the restored primary without what it remembers. Raises ResourceError."""
        for key in _FORGOTTEN if self.etcd else ():
            self._forget(f"{NAMESPACE}{self.instance}/{key}")

    def _forget(self, key: str) -> None:
        command = ["aqstream-etcdctl", "del", "--prefix", key]
        answers = (execute(each, command) for each in self.etcd)
        failed = [ended.reason for ended in answers if ended.code]
        if len(failed) == len(self.etcd):
            raise ResourceError(f"{self.instance}: etcd does not forget {key}: {failed[0]}", "aqdata status")

    @property
    def _prefix(self) -> str:
        return self.primary.partition(self.instance)[0]


def servers_of(stack: Stack, instance: str) -> Servers:
    """Where none takes writes, the first one is brought back. Raises ResourceError for servers that are apart."""
    nodes = stack.instances[instance].nodes(instance)
    # The first node has the volume that the instance would have as a plain server.
    resources = (instance, *nodes[1:])
    volumes = {
        stack.physical(node): stack.physical(f"{name}-data") for node, name in zip(nodes, resources, strict=True)
    }
    _require_one_machine(instance, list(volumes))
    primary = _primary(list(volumes))
    etcd = tuple(stack.physical(name) for name in stack.etcd_nodes) if len(nodes) > 1 else ()
    return Servers(instance, primary, volumes.pop(primary), volumes, etcd)


def _require_one_machine(instance: str, containers: list[str]) -> None:
    if len({place_of(container) for container in containers}) > 1:
        raise ResourceError(
            f"{instance} has servers on several machines: it cannot be restored in place",
            "set its replicas to 0, `aqdata up`, restore it, and set them again; or restore into a copy",
        )


def _primary(containers: list[str]) -> str:
    try:
        return primary_of(containers)
    except ResourceError:
        return containers[0]
