"""The connection to the Docker Engine.

PrerequisiteMissing
└── EngineUnreachable
    ├── EngineSilent       nothing answers at DOCKER_HOST
    └── EngineForbidden    the socket is there and this user may not use it
"""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import TypeVar

from docker import APIClient, DockerClient
from docker.errors import APIError, DockerException
from docker.utils import kwargs_from_env
from requests import HTTPError, RequestException

from infra.model.docker_engine import OLDEST_VERSION, EngineAddress, connect, was_never_sent
from infra.model.errors import OutcomeUnknown, PrerequisiteMissing, ResourceError

C = TypeVar("C", APIClient, DockerClient)


class EngineUnreachable(PrerequisiteMissing):
    """The Docker Engine cannot be used."""


class EngineSilent(EngineUnreachable):
    """Nothing answers at DOCKER_HOST."""


class EngineForbidden(EngineUnreachable):
    """The engine's socket is there and this user may not use it."""


_HINT = "`./aqdata doctor` says why and what mends it."
_TIMEOUT_SECONDS = 60


_PLACES: dict[str, EngineAddress] = {}
"""Containers and volumes, by name or id, that are on other machines."""
_STACKS: dict[str, Callable[[str], EngineAddress | None]] = {}
"""Prefix of a stack's containers -> the machine of one by the rest of its name."""


def place(name: str, host: EngineAddress) -> None:
    """From now on, work on this container or volume is that machine's engine's."""
    _PLACES[name] = host


def place_all(prefix: str, host_of: Callable[[str], EngineAddress | None]) -> None:
    """The same for every container whose name starts so; `host_of` is given the rest of it, None is this machine."""
    _STACKS[prefix] = host_of


def place_beside(name: str, other: str) -> None:
    """From now on, this container or volume is where the other is."""
    if host := place_of(other):
        place(name, host)


def place_of(name: str) -> EngineAddress | None:
    """Where a container or volume is; None is this machine."""
    if name in _PLACES:
        return _PLACES[name]
    found = next((prefix for prefix in _STACKS if name.startswith(prefix)), None)
    return None if found is None else _STACKS[found](name.removeprefix(found))


def reach(timeout: int = 60) -> APIClient:
    """A client for the engine that DOCKER_HOST names; `timeout` is its silence in seconds.

    Raises EngineSilent or EngineForbidden.
    """
    return _connected(lambda: APIClient(version="auto", timeout=timeout, **kwargs_from_env()))


@contextmanager
def engine(what: str, timeout: int = _TIMEOUT_SECONDS, *, on: str = "") -> Iterator[DockerClient]:
    """A client for work on `what`, closed at the end: of the engine that has the container or volume `on`.

    Raises EngineSilent, EngineForbidden, HostUnreachable, ResourceError about `what` where Docker refuses a call
    inside, and OutcomeUnknown where it stops answering one.
    """
    with closing(client_of(on, timeout)) as client, failures_of(what):
        yield client


def client_of(name: str, timeout: int = _TIMEOUT_SECONDS) -> DockerClient:
    """A client of the engine that has this. Raises EngineSilent, EngineForbidden, HostUnreachable."""
    host = place_of(name)
    return _local(timeout) if host is None else remote(host, timeout)


def docker_command(name: str) -> str:
    """Docker's command for work on this container, as a hint shows it."""
    host = place_of(name)
    return "docker" if host is None else host.command


def container_exists(name: str) -> bool:
    """Whether there is such a container, running or not. Raises ResourceError where Docker does not say."""
    with engine(f"container {name}", on=name) as client:
        return bool(client.api.containers(all=True, filters={"name": f"^/{name}$"}))


def remote(host: EngineAddress, timeout: int = _TIMEOUT_SECONDS) -> DockerClient:
    """A client of another machine's engine. Raises HostUnreachable."""
    client = DockerClient(version=OLDEST_VERSION)
    client.api = connect(host, timeout)
    return client


def _local(timeout: int) -> DockerClient:
    return _connected(lambda: DockerClient.from_env(timeout=timeout))


@contextmanager
def failures_of(what: str) -> Iterator[None]:
    """Words what Docker refuses inside, or does not answer, as a ResourceError about `what`."""
    try:
        yield
    except APIError as error:
        raise ResourceError(f"{what}: {error.explanation}", "aqdata doctor") from error
    except (DockerException, RequestException) as error:
        is_certain = isinstance(error, HTTPError) or was_never_sent(error)
        raise (ResourceError if is_certain else OutcomeUnknown)(f"{what}: {error}", "aqdata doctor") from error


def _connected(connect: Callable[[], C]) -> C:
    try:
        return connect()
    except DockerException as error:
        if "Permission denied" in str(error):
            raise EngineForbidden("The Docker Engine refuses this user.", _HINT) from error
        raise EngineSilent("The Docker Engine does not answer.", _HINT) from error
