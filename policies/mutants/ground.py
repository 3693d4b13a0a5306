"""The disposable stack that mutants change: how each of its servers is reached by whoever may change it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import docker
from docker.models.containers import Container

from infra.model.errors import CannotCheck
from infra.model.intent import Intent


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
    """One stack. `provisioners`: server -> the account that set it up; `services`: the services' cache accounts."""

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
        done = self.container(name).exec_run(list(command), user=user)
        text = bytes(done.output).decode(errors="replace")  # type: ignore[arg-type]  # not a stream
        if done.exit_code:
            raise CannotCheck(f"{self.physical(name)}: {command[0]}: {text.strip()[:300]}", "docker logs says more")
        return text
