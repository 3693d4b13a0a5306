"""Which of an instance's servers takes writes: backups are made and archived there."""

from collections.abc import Sequence

from infra.backup.container import execute
from infra.model.errors import ResourceError
from infra.model.stack import Stack

_IS_PRIMARY = ("aqstream-on-primary", "echo", "primary")


def server_of(stack: Stack, instance: str) -> str:
    """The container of an instance's primary. Raises ResourceError where it has none."""
    return primary_of([stack.physical(node) for node in stack.instances[instance].nodes(instance)])


def primary_of(containers: Sequence[str]) -> str:
    """The one that takes writes; a server without replicas is it. Raises ResourceError where none does."""
    if len(containers) == 1:
        return containers[0]
    for container in containers:
        if _is_primary(container):
            return container
    raise ResourceError(f"none of {', '.join(containers)} is a primary", "aqdata status")


def _is_primary(container: str) -> bool:
    try:
        return execute(container, _IS_PRIMARY).output.strip() == "primary"
    except ResourceError:
        return False
