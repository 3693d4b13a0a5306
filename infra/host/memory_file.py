"""Text that a library insists on reading from a path, kept off every disk."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager


def memory_file(text: str, *, inherited: bool = False) -> str:
    """A path to `text` that only this user can open, for as long as the process lives.

    An `inherited` one is still there for the program that replaces this process (`exec`).
    """
    return _path(_filled(text, 0 if inherited else os.MFD_CLOEXEC))


@contextmanager
def held_in_memory(text: str) -> Iterator[str]:
    """A path to `text` that only this user can open, for as long as the block lasts."""
    descriptor = _filled(text, os.MFD_CLOEXEC)
    try:
        yield _path(descriptor)
    finally:
        os.close(descriptor)


def _filled(text: str, flags: int) -> int:
    descriptor = os.memfd_create("aqdata", flags)
    os.fchmod(descriptor, 0o600)  # libpq refuses keys that others may read
    os.write(descriptor, text.encode())
    return descriptor


def _path(descriptor: int) -> str:
    return f"/proc/self/fd/{descriptor}"
