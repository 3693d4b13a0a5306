"""Restart a container for what its server reads only at its start."""

import docker
from docker.errors import APIError, DockerException

from infra.model.errors import ResourceError


def restart(container: str) -> None:
    """Stop and start it. Raises ResourceError."""
    try:
        client = docker.from_env()
        try:
            client.containers.get(container).restart()
        finally:
            client.close()
    except DockerException as error:
        reason = error.explanation if isinstance(error, APIError) else error
        raise ResourceError(f"container {container}: {reason}", "aqdata doctor") from error
