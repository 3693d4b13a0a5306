"""The servers of an instance that goes back in place: one, or a primary with replicas that Patroni leads."""

from contextlib import suppress
from dataclasses import dataclass

import docker
from docker.models.containers import Container

from infra.backup.container import execute
from infra.backup.primary import primary_of
from infra.backup.restore.recovery import await_promotion
from infra.backup.room import is_running
from infra.components.patroni import NAMESPACE
from infra.host.docker_api import container_exists, docker_command, engine
from infra.model.errors import ResourceError
from infra.model.stack import Stack
from infra.patroni.cluster import Cluster

STOP_SECONDS = 120
_SILENCE_SECONDS = 600
"""A network of several hosts may take long to let a container in."""
_REPLICAS_SECONDS = 6 * 3600.0
_FORGOTTEN = ("failover", "failsafe", "history", "leader", "members/", "status", "sync")
"""What Patroni keeps of the cluster's course. By `status` it would hold a primary that went back for one that lags."""


@dataclass(frozen=True)
class Server:
    """A container, and what the names of its volumes begin with. It is worked on where it is."""

    container: str
    files: str

    @property
    def volume(self) -> str:
        """The volume of its data."""
        return f"{self.files}-data"

    def stop(self) -> None:
        """Returns when it has. Raises ResourceError."""
        with engine(f"container {self.container}", _SILENCE_SECONDS, on=self.container) as client:
            client.containers.get(self.container).stop(timeout=STOP_SECONDS)

    def start(self) -> None:
        """Returns while it is on its way up. Raises ResourceError."""
        with engine(f"container {self.container}", _SILENCE_SECONDS, on=self.container) as client:
            client.containers.get(self.container).start()


@dataclass(frozen=True)
class Servers:
    """`primary` is the one whose data goes back. `etcd`: containers of the consensus store; none for a plain server."""

    instance: str
    primary: Server
    replicas: tuple[Server, ...]
    etcd: tuple[str, ...]

    @property
    def is_running(self) -> bool:
        """Whether the primary's container runs."""
        return is_running(self.primary.container)

    def stop(self) -> None:
        """The replicas first, so that none of them takes over."""
        for server in (*self.replicas, self.primary):
            server.stop()

    def start(self, client: docker.DockerClient) -> None:
        """The primary first and alone, so that none but it can lead; then the replicas."""
        container = self.start_primary(client)
        if self.replicas:
            await_promotion(container)
        self._start_each()

    def start_primary(self, client: docker.DockerClient) -> Container:
        """It, on its way up; `client` is of the engine that has it."""
        container = client.containers.get(self.primary.container)
        container.start()
        return container

    def start_replicas(self) -> None:
        """Returns once each of them follows the primary. Raises ResourceError."""
        if not self.replicas:
            return
        # The passwords by which they follow are of the restored moment.
        ended = execute(self.primary.container, ["aqstream-patroni-roles"])
        if ended.code:
            name = self.primary.container
            raise ResourceError(f"{name}: {ended.reason}", f"{docker_command(name)} logs {name}")
        self._start_each()
        containers = [server.container for server in (self.primary, *self.replicas)]
        prefix = self.primary.container.partition(self.instance)[0]
        names = [name.removeprefix(prefix) for name in containers]
        Cluster(containers).await_streaming(names, _REPLICAS_SECONDS)

    def _start_each(self) -> None:
        """All that can be started, also where another one cannot. Raises ResourceError about the first that cannot."""
        failed = list[ResourceError]()
        for server in self.replicas:
            try:
                server.start()
            except ResourceError as error:
                failed.append(error)
        if failed:
            raise failed[0]

    def forget_course(self) -> None:
        """Let Patroni judge the restored primary without what it remembers. Raises ResourceError."""
        for key in _FORGOTTEN if self.etcd else ():
            self._forget(f"{NAMESPACE}{self.instance}/{key}")

    def _forget(self, key: str) -> None:
        answers = (_refusal(each, ["aqstream-etcdctl", "del", "--prefix", key]) for each in self.etcd)
        failed = [refusal for refusal in answers if refusal]
        if len(failed) == len(self.etcd):
            raise ResourceError(f"{self.instance}: etcd does not forget {key}: {failed[0]}", "aqdata status")


def servers_of(stack: Stack, instance: str) -> Servers:
    """Where none takes writes, the first one is brought back. Raises ResourceError where a machine does not answer."""
    nodes = stack.instances[instance].nodes(instance)
    # The first node has the volumes that the instance would have as a plain server.
    resources = (instance, *nodes[1:])
    servers = [
        Server(stack.physical(node), stack.physical(resource)) for node, resource in zip(nodes, resources, strict=True)
    ]
    for server in servers:
        container_exists(server.container)  # or one whose machine is silent would pass for no primary
    primary = _primary(servers)
    etcd = tuple(stack.physical(name) for name in stack.etcd_nodes) if len(nodes) > 1 else ()
    return Servers(instance, primary, tuple(server for server in servers if server is not primary), etcd)


def _refusal(container: str, command: list[str]) -> str:
    """Why a command failed there; empty when it did not."""
    try:
        ended = execute(container, command)
    except ResourceError as error:
        return error.message
    return ended.reason if ended.code else ""


def _primary(servers: list[Server]) -> Server:
    with suppress(ResourceError):
        name = primary_of([server.container for server in servers])
        return next(server for server in servers if server.container == name)
    return servers[0]
