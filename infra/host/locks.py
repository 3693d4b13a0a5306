"""Locks between processes on this host, held by whoever does work that must happen once."""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from infra.host.interruption import checkpoint

_POLL_SECONDS = 0.1


@contextmanager
def host_lock(name: str, on_wait: Callable[[], None]) -> Iterator[None]:
    """Hold the lock `name`; `on_wait` is called once when another process has it. A dead holder's is free."""
    folder = _lock_folder()
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{name.replace('/', '-')}.lock").open("w") as file:
        if not _taken(file):
            on_wait()
            while not _taken(file):
                checkpoint()
                time.sleep(_POLL_SECONDS)
        yield


def _taken(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _lock_folder() -> Path:
    cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(cache).expanduser() / "aqdata" / "locks"
