"""Restart a container for what its server reads only at its start."""

from infra.host.docker_api import engine


def restart(container: str) -> None:
    """Stop and start it. Raises ResourceError."""
    with engine(f"container {container}", on=container) as client:
        client.containers.get(container).restart()
