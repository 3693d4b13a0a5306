"""The connection to the Docker Engine."""

from docker import APIClient
from docker.errors import DockerException
from docker.utils import kwargs_from_env

from infra.model.errors import PrerequisiteMissing


def connect(timeout: int = 60) -> APIClient:
    """A client for the engine that DOCKER_HOST names; raises PrerequisiteMissing when it does not answer."""
    try:
        return APIClient(version="auto", timeout=timeout, **kwargs_from_env())
    except DockerException as error:
        raise PrerequisiteMissing(
            "The Docker Engine does not answer.", "`./aqdata doctor` says why and what mends it."
        ) from error
