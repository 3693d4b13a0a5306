"""The connection to the Docker Engine.

PrerequisiteMissing
└── EngineUnreachable
    ├── EngineSilent       nothing answers at DOCKER_HOST
    └── EngineForbidden    the socket is there and this user may not use it
"""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from docker import APIClient, DockerClient
from docker.errors import APIError, DockerException
from docker.tls import TLSConfig
from docker.utils import kwargs_from_env
from requests import RequestException

from infra.model.errors import PrerequisiteMissing, ResourceError

C = TypeVar("C", APIClient, DockerClient)


class EngineUnreachable(PrerequisiteMissing):
    """The Docker Engine cannot be used."""


class EngineSilent(EngineUnreachable):
    """Nothing answers at DOCKER_HOST."""


class EngineForbidden(EngineUnreachable):
    """The engine's socket is there and this user may not use it."""


_HINT = "`./aqdata doctor` says why and what mends it."
_TIMEOUT_SECONDS = 60


@dataclass(frozen=True)
class DockerHost:
    """Another machine's engine; `cert_path`: the folder of the certificate to show it, for `tcp://`."""

    docker: str
    cert_path: str = ""

    def client(self, timeout: int) -> DockerClient:
        """A client that has been answered. Raises docker's errors."""
        return DockerClient(
            base_url=self.docker,
            version="auto",
            timeout=timeout,
            tls=self._tls() or False,
            use_ssh_client=self.docker.startswith("ssh://"),
        )

    def _tls(self) -> TLSConfig | None:
        if not self.cert_path:
            return None
        folder = Path(self.cert_path).expanduser()
        pair = (str(folder / "cert.pem"), str(folder / "key.pem"))
        return TLSConfig(client_cert=pair, ca_cert=str(folder / "ca.pem"), verify=True)


_REMOTE_HINT = "start it, or place what runs there on another of the stack file's `hosts:`"
_PLACES: dict[str, DockerHost] = {}
"""Containers and volumes, by name or id, that are on other machines."""


def place(name: str, host: DockerHost) -> None:
    """From now on, work on this container or volume is that machine's engine's."""
    _PLACES[name] = host


def reach(timeout: int = 60) -> APIClient:
    """A client for the engine that DOCKER_HOST names; `timeout` is its silence in seconds.

    Raises EngineSilent or EngineForbidden.
    """
    return _connected(lambda: APIClient(version="auto", timeout=timeout, **kwargs_from_env()))


@contextmanager
def engine(what: str, timeout: int = _TIMEOUT_SECONDS, *, on: str = "") -> Iterator[DockerClient]:
    """A client for work on `what`, closed at the end: of the engine that has the container or volume `on`.

    Raises EngineSilent, EngineForbidden, and ResourceError about `what` where Docker refuses a call inside.
    """
    host = _PLACES.get(on)
    with closing(_local(timeout) if host is None else _remote(host, timeout)) as client, failures_of(what):
        yield client


def _local(timeout: int) -> DockerClient:
    return _connected(lambda: DockerClient.from_env(timeout=timeout))


def _remote(host: DockerHost, timeout: int) -> DockerClient:
    try:
        return host.client(timeout)
    except (DockerException, RequestException, OSError) as error:
        raise EngineSilent(f"The Docker Engine at {host.docker} does not answer: {error}", _REMOTE_HINT) from error


@contextmanager
def failures_of(what: str) -> Iterator[None]:
    """Words what Docker refuses inside, or does not answer, as a ResourceError about `what`."""
    try:
        yield
    except (DockerException, RequestException) as error:
        reason = error.explanation if isinstance(error, APIError) else error
        raise ResourceError(f"{what}: {reason}", "aqdata doctor") from error


def _connected(connect: Callable[[], C]) -> C:
    try:
        return connect()
    except DockerException as error:
        if "Permission denied" in str(error):
            raise EngineForbidden("The Docker Engine refuses this user.", _HINT) from error
        raise EngineSilent("The Docker Engine does not answer.", _HINT) from error
