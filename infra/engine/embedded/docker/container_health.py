"""Waits until a container's health check passes.

Docker runs the first check only after a whole interval, and engines before 25 know no start interval. So the
declared check is also run from here, at once and often: ready means what the check says, without the delay.
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass

from infra.engine.embedded.docker.client import Docker, Refused
from infra.engine.embedded.docker.field import Properties
from infra.model.errors import ResourceError

POLL_SECONDS = 0.05
PROBE_PAUSE_SECONDS = 0.2
LOG_LINES = 12


def wait_until_healthy(docker: Docker, container: str, name: str, timeout: float) -> None:
    """Returns when the container is healthy; raises ResourceError when it stops or `timeout` passes."""
    deadline = time.monotonic() + timeout
    probe: Probe | None = None
    while True:
        inspection = docker.inspect("container", container)
        if inspection is None or not inspection["State"]["Running"]:
            raise ResourceError(_stopped(docker, container, name, inspection))
        if "Health" not in inspection["State"]:
            raise ResourceError(
                f"container {name} has `wait` but no health check", "declare a healthcheck, or drop wait"
            )
        probe = probe or Probe(docker, container, inspection["Config"]["Healthcheck"]["Test"])
        if inspection["State"]["Health"]["Status"] == "healthy" or probe.has_passed():
            return
        if time.monotonic() > deadline:
            raise ResourceError(
                f"container {name} is not healthy after {timeout:g} s{_last_lines(docker, container)}",
                f"docker inspect {name} shows what its health check says",
            )
        time.sleep(POLL_SECONDS)


@dataclass
class Probe:
    """The declared check, run again and again in the container without waiting for it."""

    docker: Docker
    container: str
    test: list[str]
    _running: str = ""
    _next_at: float = 0.0

    def has_passed(self) -> bool:
        """Whether the latest run has ended well; starts the next one when it is time."""
        if not self._running:
            if time.monotonic() >= self._next_at:
                self._start()
            return False
        with self.docker.asked("read a health check's result"):
            result = self.docker.api.exec_inspect(self._running)
        if result["Running"]:
            return False
        self._running = ""
        self._next_at = time.monotonic() + PROBE_PAUSE_SECONDS
        return bool(result["ExitCode"] == 0)

    def _start(self) -> None:
        """Starts a run; a container that has just stopped refuses it, which the next look at it tells."""
        command = command_of(self.test)
        if not command:
            self._next_at = float("inf")
            return
        with suppress(Refused), self.docker.asked("run a health check"):
            started: Properties = self.docker.api.exec_create(self.container, command, stdout=False, stderr=False)
            self.docker.api.exec_start(started["Id"], detach=True)
            self._running = started["Id"]


def command_of(test: list[str]) -> list[str]:
    """The command behind a health check's `test`; empty when it has none."""
    kind, *rest = test or ["NONE"]
    if kind == "CMD-SHELL":
        return ["/bin/sh", "-c", *rest]
    return rest if kind == "CMD" else []


def _stopped(docker: Docker, container: str, name: str, inspection: Properties | None) -> str:
    if inspection is None:
        return f"container {name} disappeared while it was starting"
    state = inspection["State"]
    reason = "killed for lack of memory" if state.get("OOMKilled") else f"exit code {state.get('ExitCode')}"
    return f"container {name} stopped while it was starting: {reason}{_last_lines(docker, container)}"


def _last_lines(docker: Docker, container: str) -> str:
    with docker.asked("read a container's log"):
        log = docker.api.logs(container, tail=LOG_LINES).decode(errors="replace").strip()
    return f"; its last lines:\n{log}" if log else "; it logged nothing"
