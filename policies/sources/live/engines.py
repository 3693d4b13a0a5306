"""The Docker Engines that a stack's containers run on: this machine's, or those of its declared hosts."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import docker
from docker.errors import DockerException
from docker.tls import TLSConfig
from requests import RequestException

from infra.model.errors import CannotCheck
from infra.model.hosts import Host
from infra.model.stack import Stack


def connect_docker() -> docker.APIClient:
    """A client of this machine's Docker Engine. Raises CannotCheck where none answers."""
    try:
        return docker.from_env().api
    except DockerException as error:
        raise CannotCheck(f"Docker Engine does not answer: {error}", "start it, or set DOCKER_HOST") from error


def connect_engines(stack: Stack) -> dict[str | None, docker.APIClient]:
    """Host -> a client of its engine; None is this machine, where a stack declares no hosts. Raises CannotCheck."""
    return {name: _connect(name, host) for name, host in stack.hosts.items()} or {None: connect_docker()}


_START = "start it, or take it out of `hosts:` and place what runs there elsewhere"


@contextmanager
def engine_of(stack: Stack | None, container: str) -> Iterator[docker.APIClient]:
    """A client of the engine that runs the container of this physical name; without a stack it is this machine's.

    Raises CannotCheck.
    """
    host = stack.host_of(container.removeprefix(stack.physical(""))) if stack else None
    with closing(_connect(host, stack.hosts[host]) if stack and host else connect_docker()) as client:
        yield client


def _connect(name: str, host: Host) -> docker.APIClient:
    over_ssh = host.docker.startswith("ssh://")
    try:
        return docker.APIClient(base_url=host.docker, version="auto", tls=_tls(host) or False, use_ssh_client=over_ssh)
    except (DockerException, RequestException, OSError) as error:
        raise CannotCheck(f"the Docker Engine of {name} ({host.docker}) does not answer: {error}", _START) from error


def _tls(host: Host) -> TLSConfig | None:
    if not host.cert_path:
        return None
    folder = Path(host.cert_path).expanduser()
    pair = (str(folder / "cert.pem"), str(folder / "key.pem"))
    return TLSConfig(client_cert=pair, ca_cert=str(folder / "ca.pem"), verify=True)
