"""Running a command inside a container, through the Docker Engine."""

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

import docker
from docker.errors import NotFound

from infra.host.docker_api import engine
from infra.host.interruption import checkpoint, ended_by_interrupt
from infra.model.command_output import STDOUT, exit_code, frames
from infra.model.errors import ResourceError

OnLine = Callable[[str], None]
STOP_SECONDS = 30
_SILENCE = 24 * 3600
"""Seconds a command may say nothing: a large backup does."""
_END = """
for tenth in $(seq 10); do
    leaders=$(pgrep --delimiter , --full --exact -- "$1") && break
    sleep 0.1
done
[ -n "$leaders" ] || exit 0
pkill -INT --full --exact -- "$1"
for tenth in $(seq 50); do pgrep --session "$leaders" >/dev/null || exit 0; sleep 0.1; done
"""
"""A command may not have begun where the engine was just asked for it, and leads a session of what it has started."""


@dataclass(frozen=True)
class Ended:
    """How a command ended; `output` is what it wrote to stdout, `errors` to stderr."""

    code: int
    output: str
    errors: str

    @property
    def reason(self) -> str:
        """The last thing it said, errors first."""
        lines = [line.strip() for line in (self.errors or self.output).splitlines() if line.strip()]
        return lines[-1] if lines else f"exit code {self.code}"


def execute(container: str, command: Sequence[str], on_line: OnLine | None = None) -> Ended:
    """Run it as the container's own user; `on_line` gets each line of stdout. Raises ResourceError."""
    with engine(f"container {container}", timeout=_SILENCE, on=container) as client:
        try:
            return _execute(client.api, container, command, on_line)
        except NotFound as error:
            raise ResourceError(f"there is no container {container}", "aqdata up") from error


def execute_until_interrupted(container: str, command: Sequence[str], on_line: OnLine | None = None) -> Ended:
    """The same; an interrupt ends the command in the container too."""

    def on_next(line: str) -> None:
        checkpoint()
        if on_line:
            on_line(line)

    with ended_by_interrupt(lambda: end(container, command)):
        return execute(container, command, on_next)


def end(container: str, command: Sequence[str]) -> None:
    """Interrupt the command where it runs, and wait some seconds until it has ended; one that cannot be is left."""
    with suppress(ResourceError):
        execute(container, ["sh", "-c", _END, "sh", re.escape(" ".join(command))])


def stop(container: str) -> None:
    """Let it end in its own time; nothing to stop is no error. Raises ResourceError."""
    with engine(f"container {container}", on=container) as client, suppress(NotFound):
        client.api.stop(container, timeout=STOP_SECONDS)


def _execute(api: docker.APIClient, container: str, command: Sequence[str], on_line: OnLine | None) -> Ended:
    identifier = api.exec_create(container, list(command))["Id"]
    output, errors = _Lines(on_line), _Lines(None)
    for kind, piece in frames(api, identifier):
        (output if kind == STDOUT else errors).take(piece)
    return Ended(exit_code(api, identifier), output.text, errors.text)


class _Lines:
    """Collects a stream that arrives in arbitrary pieces, and hands on its whole lines."""

    def __init__(self, on_line: OnLine | None) -> None:
        self._on_line, self._pieces, self._open = on_line, list[bytes](), b""

    @property
    def text(self) -> str:
        """Everything so far."""
        return b"".join(self._pieces).decode(errors="replace")

    def take(self, piece: bytes) -> None:
        """The stream's next bytes."""
        self._pieces.append(piece)
        if self._on_line is None:
            return
        *lines, self._open = (self._open + piece).split(b"\n")
        for line in lines:
            self._on_line(line.decode(errors="replace"))
