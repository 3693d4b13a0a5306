"""A restored copy of an instance: its own container and volume, which never archive and never make a backup."""

import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import docker
from docker.errors import NotFound
from docker.models.containers import Container

from infra.backup.container import Ended
from infra.backup.pgbackrest import failure
from infra.backup.progress import PercentLines
from infra.backup.restore.plan import RestorePlan
from infra.components.container import CONFIGURATION, UID
from infra.components.network import backup_link
from infra.host.docker_api import failures_of
from infra.model.stack import SHARED_NETWORK, Stack

PORT = 5432
LABEL = "aqstream.restored-from"
OnProgress = Callable[[str], None]
_ENGINE_FINISHES_SECONDS = 1.0
_DATA = "/var/lib/postgresql"
_SERVE = [
    "postgres",
    f"--data-directory={_DATA}/data",
    f"--config-file={CONFIGURATION}/postgresql.conf",
    f"--hba-file={CONFIGURATION}/pg_hba.conf",
    "--archive-mode=off",
]


@dataclass(frozen=True)
class CopyOrder:
    """What is to be copied: the stack's instance by a plan, with this image."""

    stack: Stack
    plan: RestorePlan
    image: str

    @property
    def instance(self) -> str:
        """The instance's name."""
        return self.plan.instance


class RestoredCopy:
    """Made by `restore`, then `serve`; `remove` takes it away with its data."""

    def __init__(self, order: CopyOrder, name: str = "") -> None:
        self._order = order
        self.name = name or f"{order.stack.physical(order.instance)}-restored-{secrets.token_hex(3)}"
        self._client = docker.from_env()

    @property
    def container(self) -> Container:
        """The server's container."""
        return self._client.containers.get(self.name)

    @property
    def port(self) -> int:
        """Where the copy listens on the stack's address."""
        return int(self.container.attrs["NetworkSettings"]["Ports"][f"{PORT}/tcp"][0]["HostPort"])

    def restore(self, on_progress: OnProgress) -> None:
        """Fetch the backup into a new volume. Raises ResourceError with pgBackRest's reason."""
        self._guarded(lambda: self._restore(on_progress))

    def serve(self) -> None:
        """Start the server on it; recovery then goes on to the target."""
        self._guarded(self._serve)

    def remove(self) -> None:
        """Remove containers and volume; what is not there is no error.

        An interrupted request goes on inside the engine, so what it makes may appear a moment later.
        """
        self._remove_containers()
        time.sleep(_ENGINE_FINISHES_SECONDS)
        self._remove_containers()
        with suppress(NotFound):
            self._client.volumes.get(f"{self.name}-data").remove(force=True)
        self._client.close()

    def _remove_containers(self) -> None:
        for name in (self.name, f"{self.name}-fetch"):
            with suppress(NotFound):
                self._client.containers.get(name).remove(force=True, v=True)

    def _restore(self, on_progress: OnProgress) -> None:
        self._client.volumes.create(f"{self.name}-data", labels=self._labels())
        fetch = self._run(f"{self.name}-fetch", ["pgbackrest", *self._fetch_options(), "restore"])
        progress = PercentLines()
        for line in _lines(fetch):
            if text := progress.follow(line):
                on_progress(text)
        code = int(fetch.wait()["StatusCode"])
        ended = Ended(code, fetch.logs(stdout=True, stderr=False).decode(), fetch.logs(stdout=False).decode())
        fetch.remove(force=True)
        if code:
            raise failure(self._order.instance, "restore", ended)

    def _fetch_options(self) -> list[str]:
        return [
            f"--stanza={self._order.instance}",
            "--archive-mode=off",
            "--log-level-console=detail",
            *self._order.plan.options,
        ]

    def _serve(self) -> None:
        # Not the image's entrypoint: it would start the scheduler, and the copy would back itself up as the instance.
        published = {f"{PORT}/tcp": (str(self._order.stack.address), None)}
        self._run(self.name, _SERVE, ports=published, stop_signal="SIGINT", restart_policy={"Name": "no"})

    def _run(self, name: str, command: list[str], **more: Any) -> Container:
        stack, instance = self._order.stack, self._order.stack.instances[self._order.instance]
        own = instance.network
        network = SHARED_NETWORK if own == SHARED_NETWORK else backup_link(own)
        configuration = stack.physical(f"{self._order.instance}-config")
        return self._client.containers.run(
            self._order.image,
            name=name,
            entrypoint=command[:1],
            command=command[1:],
            detach=True,
            user=f"{UID}:{UID}",
            labels=self._labels(),
            network=stack.physical(network),
            volumes={
                f"{self.name}-data": {"bind": _DATA, "mode": "rw"},
                configuration: {"bind": CONFIGURATION, "mode": "ro"},
            },
            tmpfs={path: f"rw,noexec,nosuid,nodev,size={size},uid={UID},gid={UID},mode=0700" for path, size in _TMPFS},
            read_only=True,
            init=True,
            cap_drop=["ALL"],
            security_opt=["no-new-privileges:true"],
            mem_limit=instance.limits.memory,
            memswap_limit=instance.limits.memory,
            nano_cpus=int(instance.limits.cpus * 10**9),
            pids_limit=instance.limits.pids,
            shm_size=128 << 20,
            **more,
        )

    def _labels(self) -> dict[str, str]:
        return {LABEL: self._order.stack.physical(self._order.instance)}

    def _guarded(self, work: Callable[[], None]) -> None:
        with failures_of(f"restored copy {self.name}"):
            work()


_TMPFS = (("/run/postgresql", "1m"), ("/tmp", "256m"))  # noqa: S108 the container's own


def _lines(container: Container) -> Any:
    pending = b""
    for piece in container.logs(stream=True, follow=True, stdout=True, stderr=False):
        *lines, pending = (pending + piece).split(b"\n")
        yield from (line.decode(errors="replace") for line in lines)
