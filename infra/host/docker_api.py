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


def reach(timeout: int = 60) -> APIClient:
    """A client for the engine that DOCKER_HOST names; `timeout` is its silence in seconds.

    Raises EngineSilent or EngineForbidden.
    """
    return _connected(lambda: APIClient(version="auto", timeout=timeout, **kwargs_from_env()))


@contextmanager
def engine(what: str, timeout: int = 60) -> Iterator[DockerClient]:
    """A client for work on `what`, closed at the end.

    Raises EngineSilent, EngineForbidden, and ResourceError about `what` where Docker refuses a call inside.
    """
    with closing(_connected(lambda: DockerClient.from_env(timeout=timeout))) as client, failures_of(what):
        yield client


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
