"""Locks between processes on this host, held by whoever does work that must happen once."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def host_lock(name: str, on_wait: Callable[[], None]) -> Iterator[None]:
    """Hold the lock `name`; `on_wait` is called once when another process has it. A dead holder's is free."""
    folder = _lock_folder()
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{name.replace('/', '-')}.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            on_wait()
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _lock_folder() -> Path:
    cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(cache).expanduser() / "aqdata" / "locks"
