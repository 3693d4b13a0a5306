"""The Docker Engines that a stack's containers run on: this machine's, or those of its declared hosts."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

import docker
from docker.errors import DockerException

from infra.model.docker_engine import EngineAddress, connect
from infra.model.errors import CannotCheck, HostUnreachable
from infra.model.hosts import Host
from infra.model.stack import Stack

_SILENCE_SECONDS = 60


def connect_docker() -> docker.APIClient:
    """A client of this machine's Docker Engine. Raises CannotCheck where none answers."""
    try:
        return docker.from_env().api
    except DockerException as error:
        raise CannotCheck(f"Docker Engine does not answer: {error}", "start it, or set DOCKER_HOST") from error


def connect_engines(stack: Stack) -> dict[str | None, docker.APIClient]:
    """Host -> a client of its engine; None is this machine, where a stack declares no hosts. Raises CannotCheck."""
    return {name: _connect(host) for name, host in stack.hosts.items()} or {None: connect_docker()}


def answering_engines(stack: Stack) -> tuple[dict[str | None, docker.APIClient], dict[str, CannotCheck]]:
    """The same for the hosts that answer, and why each other one does not. Raises CannotCheck where none does."""
    found, silent = dict[str | None, docker.APIClient](), dict[str, CannotCheck]()
    for name, host in stack.hosts.items():
        try:
            found[name] = _connect(host)
        except CannotCheck as error:
            silent[name] = error
    if silent and not found:
        raise next(iter(silent.values()))
    return found or {None: connect_docker()}, silent


@contextmanager
def engine_of(stack: Stack | None, container: str) -> Iterator[docker.APIClient]:
    """A client of the engine that runs the container of this physical name; without a stack it is this machine's.

    Raises CannotCheck.
    """
    host = stack.host_of(container.removeprefix(stack.physical(""))) if stack else None
    with closing(_connect(stack.hosts[host]) if stack and host else connect_docker()) as client:
        yield client


def _connect(host: Host) -> docker.APIClient:
    try:
        return connect(EngineAddress.of(host.docker, host.cert_path, host.ssh_config), _SILENCE_SECONDS)
    except HostUnreachable as error:
        raise CannotCheck(error.message, error.hint) from error
