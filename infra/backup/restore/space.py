"""How much room there is for what a restore makes, as a container of the instance sees it."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from infra.backup.container import execute
from infra.backup.room import DATA
from infra.model.errors import ResourceError

ENGINE, OWN = "/", DATA
"""Docker's storage, where a copy's volume is made; and the volume of the instance's own data."""
STORAGE = "Docker's storage"
HINT = "free space, then try again; nothing was changed"

_PROMISED: Counter[str] = Counter()
_ONE_LOOKS = threading.Lock()


def free_bytes(container: str, folder: str) -> int:
    """What is free where the container's folder lies. Raises ResourceError."""
    ended = execute(container, ["df", "--output=avail", "--block-size=1", folder])
    if ended.code:
        raise ResourceError(f"{container}: df: {ended.reason}", "aqdata status")
    return int(ended.output.split()[-1])


def require_space(instance: str, needed: int, free: int, where: str) -> None:
    """Raises ResourceError where it does not suffice."""
    if needed > free:
        raise ResourceError(f"{instance}: a restore takes {needed >> 20} MiB, {where} has {free >> 20} MiB free", HINT)


@contextmanager
def promised(instance: str, needed: int, free: Callable[[], int], engine: str) -> Iterator[None]:
    """Storage of this engine for a restore, until the context ends: by then the restore has taken it.

    What other restores of this process were promised there is not free. Raises ResourceError.
    """
    with _ONE_LOOKS:
        require_space(instance, needed, max(0, free() - _PROMISED[engine]), STORAGE)
        _PROMISED[engine] += needed
    try:
        yield
    finally:
        with _ONE_LOOKS:
            _PROMISED[engine] -= needed
