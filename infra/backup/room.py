"""One-off containers beside an instance: its image, files, limits and way to the object store, and no clients."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from secrets import token_hex
from typing import Any

import docker
from docker.errors import NotFound
from docker.models.containers import Container

from infra.backup.pgbackrest import PgBackRest
from infra.backup.primary import server_of
from infra.backup.second_copy import SecondCopy
from infra.components.container import CONFIGURATION, UID
from infra.components.images import image_references
from infra.components.network import backup_link
from infra.host.docker_api import client_of, engine, place_beside
from infra.model.errors import ResourceError
from infra.model.stack import SHARED_NETWORK, Stack

DATA = "/var/lib/postgresql"
LABEL = "aqstream.restored-from"
SILENCE_SECONDS = 24 * 3600
"""How long a restore may say nothing: one large file takes minutes."""
_TMPFS = (("/run/postgresql", "1m"), ("/tmp", "256m"))  # noqa: S108 the container's own


@dataclass(frozen=True)
class Room:
    """Where such containers are started for one instance, with the image that it runs.

    `second_copy` is the repository that they read; None is the instance's own in the object store. `node` is what the
    names of the volumes begin with of the node beside which they are; empty is the instance's first one.
    """

    stack: Stack
    instance: str
    image: str
    second_copy: SecondCopy | None = None
    node: str = ""

    @property
    def server(self) -> str:
        """What they are beside, and whose files they have."""
        return self.node or self.stack.physical(self.instance)

    @property
    def labels(self) -> dict[str, str]:
        """By which everything that restores made can be found."""
        return {LABEL: self.server}

    @property
    def remedy(self) -> str:
        """What to do where the repository cannot be read, if it is a second copy."""
        return self.second_copy.remedy if self.second_copy else ""

    def start(
        self, client: docker.DockerClient, name: str, command: list[str], volume: str | None = None, **more: Any
    ) -> Container:
        """Start the command under this name, with the volume where the instance has its own.

        Raises ResourceError where the instance was never deployed, ConfigurationError where there is no second copy.
        """
        declared = self.stack.instances[self.instance]
        mounts = {self._configuration(client): {"bind": CONFIGURATION, "mode": "ro"}}
        if volume:
            mounts[volume] = {"bind": DATA, "mode": "rw"}
        with self._look_for_the_copy():
            return client.containers.run(
                self.image,
                name=name,
                entrypoint=command[:1],
                command=command[1:],
                detach=True,
                user=f"{UID}:{UID}",
                labels=self.labels,
                network=self._network,
                volumes=mounts,
                mounts=self.second_copy.mounts if self.second_copy else [],
                environment=self.second_copy.settings if self.second_copy else {},
                tmpfs={
                    path: f"rw,noexec,nosuid,nodev,size={size},uid={UID},gid={UID},mode=0700" for path, size in _TMPFS
                },
                read_only=True,
                init=True,
                cap_drop=["ALL"],
                security_opt=["no-new-privileges:true"],
                mem_limit=declared.limits.memory,
                memswap_limit=declared.limits.memory,
                nano_cpus=int(declared.limits.cpus * 10**9),
                pids_limit=declared.limits.pids,
                shm_size=128 << 20,
                **more,
            )

    def _look_for_the_copy(self) -> AbstractContextManager[None]:
        return self.second_copy.found() if self.second_copy else nullcontext()

    def _configuration(self, client: docker.DockerClient) -> str:
        """The volume of its files. Docker would make one that is missing, and `up` refuses one that it did not make."""
        name = f"{self.server}-config"
        try:
            client.volumes.get(name)
        except NotFound as error:
            raise ResourceError(f"{self.instance} is not deployed: there is no volume {name}", "aqdata up") from error
        return name

    @property
    def _network(self) -> str:
        own = self.stack.instances[self.instance].network
        return self.stack.physical(SHARED_NETWORK if own == SHARED_NETWORK else backup_link(own))


def room_of(stack: Stack, instance: str, second_copy: SecondCopy | None = None) -> Room:
    """With the image that the instance runs, or would run where its container is lost."""
    for node in stack.instances[instance].nodes(instance):
        with suppress(NotFound):
            return Room(stack, instance, str(_inspected(stack.physical(node))["Image"]), second_copy)
    return Room(stack, instance, image_references(stack)["postgres"], second_copy)


@contextmanager
def repository_program(stack: Stack, instance: str, second_copy: SecondCopy | None = None) -> Iterator[PgBackRest]:
    """pgBackRest in the instance's container; in a room beside it while that does not run, and for a second copy."""
    container = stack.physical(instance)
    with suppress(ResourceError):
        container = server_of(stack, instance)
    if second_copy is None and is_running(container):
        yield PgBackRest(container, instance)
        return
    room = room_of(stack, instance, second_copy)
    with _waiting(room) as name:
        yield PgBackRest(name, instance, room.remedy)


@contextmanager
def _waiting(room: Room) -> Iterator[str]:
    """The name of a container in which commands can be run."""
    name = f"{room.server}-room-{token_hex(3)}"
    place_beside(name, room.server)
    with engine(f"container {name}", on=name) as client:
        try:
            room.start(client, name, ["sleep", "infinity"], stop_signal="SIGKILL")
            yield name
        finally:
            discard(client, name)


def is_running(container: str) -> bool:
    """Whether commands can be run in it."""
    with suppress(NotFound):
        state = _inspected(container)["State"]
        return bool(state["Running"] and not state["Restarting"] and not state["Paused"])
    return False


def _inspected(container: str) -> dict[str, Any]:
    with closing(client_of(container)) as client:
        found: dict[str, Any] = client.api.inspect_container(container)
    return found


def discard(client: docker.DockerClient, *names: str) -> None:
    """Remove the containers; what is not there is no error."""
    for name in names:
        with suppress(NotFound):
            client.containers.get(name).remove(force=True, v=True)
