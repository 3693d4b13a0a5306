"""The disposable stack that mutants change: how each of its servers is reached by whoever may change it."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import docker
from docker.models.containers import Container

from infra.model.command_output import exit_code, frames
from infra.model.errors import CannotCheck
from infra.model.intent import Intent

STORE = "minio"
READY_WITHIN = 60


@dataclass(frozen=True)
class Login:
    """One account of a server; `authority` is PEM."""

    host: str
    port: int
    user: str
    secret: str = field(repr=False)
    authority: str = field(repr=False)


@dataclass(frozen=True)
class Ground:
    """One stack. `provisioners`: server -> the account that set it up; `services`: (server, user) -> that account."""

    intent: Intent
    provisioners: Mapping[str, Login] = field(repr=False)
    services: Mapping[tuple[str, str], Login] = field(repr=False)

    @cached_property
    def docker(self) -> Any:
        """The Docker Engine that runs the stack."""
        return docker.from_env()

    def physical(self, name: str) -> str:
        """The name of a container, network or volume."""
        return self.intent.stack.physical(name)

    def container(self, name: str) -> Container:
        """A running container of the stack."""
        found: Container = self.docker.containers.get(self.physical(name))
        return found

    def run(self, name: str, *command: str, user: str = "0") -> str:
        """A command's output inside a container. Raises CannotCheck with what it printed where it fails."""
        api = self.docker.api
        identifier = api.exec_create(self.physical(name), list(command), user=user)["Id"]
        text = b"".join(piece for _, piece in frames(api, identifier)).decode(errors="replace")
        if exit_code(api, identifier):
            raise CannotCheck(f"{self.physical(name)}: {command[0]}: {text.strip()[:300]}", "docker logs says more")
        return text

    def wait(self, name: str) -> None:
        """Wait until a container runs and is healthy. Raises CannotCheck where it does not in a minute."""
        deadline = time.monotonic() + READY_WITHIN
        while not _is_ready(self.container(name).attrs["State"]):
            if time.monotonic() > deadline:
                raise CannotCheck(f"{self.physical(name)} is not healthy", f"docker logs {self.physical(name)}")
            time.sleep(0.1)


def _is_ready(state: Mapping[str, Any]) -> bool:
    health = state.get("Health", {}).get("Status", "healthy")
    return (state["Status"], health) == ("running", "healthy")
