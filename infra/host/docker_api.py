"""The connection to the Docker Engine.

PrerequisiteMissing
└── EngineUnreachable
    ├── EngineSilent       nothing answers at DOCKER_HOST
    └── EngineForbidden    the socket is there and this user may not use it
"""

from docker import APIClient
from docker.errors import DockerException
from docker.utils import kwargs_from_env

from infra.model.errors import PrerequisiteMissing


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
    try:
        return APIClient(version="auto", timeout=timeout, **kwargs_from_env())
    except DockerException as error:
        if "Permission denied" in str(error):
            raise EngineForbidden("The Docker Engine refuses this user.", _HINT) from error
        raise EngineSilent("The Docker Engine does not answer.", _HINT) from error
