"""Locks between processes on this host, held by whoever does work that must happen once.

A lock is a name in Linux's abstract socket namespace: whoever's process binds it has it until it ends. Users share no
folder in which every one may lock what another one made: home folders are private, `/run/lock` is root's on many
hosts, and what lies in `/tmp` for long is removed while it is locked.
"""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from errno import EADDRINUSE
from hashlib import sha256

from infra.host.interruption import checkpoint

_POLL_SECONDS = 0.1


@contextmanager
def host_lock(name: str, on_wait: Callable[[], None]) -> Iterator[None]:
    """Hold the lock `name`; `on_wait` is called once when another process has it. A dead holder's is free."""
    with socket.socket(socket.AF_UNIX) as lock:
        if not _taken(lock, name):
            on_wait()
            while not _taken(lock, name):
                checkpoint()
                time.sleep(_POLL_SECONDS)
        yield


def _taken(lock: socket.socket, name: str) -> bool:
    try:
        lock.bind(f"\0aqdata-lock-{sha256(name.encode()).hexdigest()}")
    except OSError as error:
        if error.errno != EADDRINUSE:
            raise
        return False
    return True
