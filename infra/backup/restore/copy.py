"""A restored copy of an instance: its own container and volume, which never archive and never make a backup."""

import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from docker.errors import NotFound
from docker.models.containers import Container

from infra.backup.restore.fetch import Fetch
from infra.backup.restore.plan import RestorePlan
from infra.backup.room import DATA, SILENCE_SECONDS, Room, discard
from infra.backup.second_copy import SecondCopy
from infra.components.container import CONFIGURATION
from infra.host.docker_api import client_of, failures_of, place_beside
from infra.model.stack import Stack

PORT = 5432
OnProgress = Callable[[str], None]
SERVE = [
    "postgres",
    f"--data-directory={DATA}/data",
    f"--config-file={CONFIGURATION}/postgresql.conf",
    f"--hba-file={CONFIGURATION}/pg_hba.conf",
]
ENGINE_FINISHES_SECONDS = 1.0


@dataclass(frozen=True)
class CopyOrder:
    """What is to be restored: the stack's instance by a plan, with this image, from the store or a second copy."""

    stack: Stack
    plan: RestorePlan
    image: str
    second_copy: SecondCopy | None = None

    @property
    def instance(self) -> str:
        """The instance's name."""
        return self.plan.instance

    @property
    def room(self) -> Room:
        """Where its containers are started."""
        return Room(self.stack, self.instance, self.image, self.second_copy)


class RestoredCopy:
    """Made by `restore`, then `serve`; `remove` takes it away with its data."""

    def __init__(self, order: CopyOrder, name: str = "") -> None:
        self._order = order
        self.name = name or f"{order.room.server}-restored-{secrets.token_hex(3)}"
        place_beside(self.name, order.room.server)
        self._client = client_of(self.name, SILENCE_SECONDS)

    @property
    def container(self) -> Container:
        """The server's container."""
        return self._client.containers.get(self.name)

    @property
    def port(self) -> int:
        """Where the copy listens on the instance's address."""
        return int(self.container.attrs["NetworkSettings"]["Ports"][f"{PORT}/tcp"][0]["HostPort"])

    @property
    def address(self) -> str:
        """Where the copy is reached."""
        return self._order.stack.address_of(self._order.instance)

    def restore(self, on_progress: OnProgress) -> None:
        """Fetch the backup into a new volume. Raises ResourceError with pgBackRest's reason."""
        options = ["--archive-mode=off", *self._order.plan.options]
        with failures_of(f"restored copy {self.name}"):
            self._client.volumes.create(self._volume, labels=self._order.room.labels)
            Fetch(self._order.room, f"{self.name}-fetch", self._volume).run(self._client, options, on_progress)

    def serve(self) -> None:
        """Start the server on it; recovery then goes on to the target.

        Not with the image's entrypoint: it would start the scheduler, and the copy would back itself up as the
        instance.
        """
        published = {f"{PORT}/tcp": (self.address, None)}
        with failures_of(f"restored copy {self.name}"):
            self._order.room.start(
                self._client,
                self.name,
                [*SERVE, "--archive-mode=off"],
                self._volume,
                ports=published,
                stop_signal="SIGINT",
                restart_policy={"Name": "no"},
            )

    def remove(self, *, interrupted: bool = False) -> None:
        """Remove containers and volume; what is not there is no error.

        An interrupted request goes on inside the engine, so what it makes may appear a moment later.
        """
        discard(self._client, self.name, f"{self.name}-fetch")
        if interrupted:
            time.sleep(ENGINE_FINISHES_SECONDS)
            discard(self._client, self.name, f"{self.name}-fetch")
        with suppress(NotFound):
            self._client.volumes.get(self._volume).remove(force=True)
        self._client.close()

    @property
    def _volume(self) -> str:
        return f"{self.name}-data"
