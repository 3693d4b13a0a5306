"""Fetch a backup into a data directory: pgBackRest's restore, in a container of its own."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import docker
from docker.models.containers import Container

from infra.backup.container import Ended, OnLine
from infra.backup.pgbackrest import failure
from infra.backup.progress import PercentLines
from infra.backup.room import Room
from infra.host.interruption import checkpoint


@dataclass(frozen=True)
class Fetch:
    """Into which volume, and the name of the container that does it."""

    room: Room
    container: str
    volume: str

    def run(self, client: docker.DockerClient, options: Sequence[str], on_progress: OnLine) -> None:
        """Fetch, then remove the container. Raises ResourceError with pgBackRest's reason."""
        command = ["pgbackrest", f"--stanza={self.room.instance}", "--log-level-console=detail", *options, "restore"]
        container = self.room.start(client, self.container, command, self.volume)
        progress = PercentLines()
        for line in _lines(container):
            checkpoint()
            if text := progress.follow(line):
                on_progress(text)
        ended = _ended(container)
        container.remove(force=True)
        if ended.code:
            raise failure(self.room.instance, "restore", ended, self.room.remedy)


def _ended(container: Container) -> Ended:
    code = int(container.wait()["StatusCode"])
    output, errors = container.logs(stdout=True, stderr=False), container.logs(stdout=False)
    return Ended(code, output.decode(errors="replace"), errors.decode(errors="replace"))


def _lines(container: Container) -> Iterator[str]:
    pending = b""
    for piece in container.logs(stream=True, follow=True, stdout=True, stderr=False):
        *lines, pending = (pending + piece).split(b"\n")
        yield from (line.decode(errors="replace") for line in lines)
