"""Fixtures for all tests: real servers, each started only where a test asks for it."""

import signal
from collections.abc import Iterator

import pytest

from cli import console

pytest_plugins = ["tests.servers.stack", "tests.servers.minio", "tests.servers.redis"]


def pytest_configure() -> None:
    """End a terminated run as Ctrl-C does, so that it still removes its servers.

    A run in a shell's background ignores Ctrl-C, and so would the commands that tests interrupt.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _own_consoles() -> Iterator[None]:
    """A command run inside a test prints to that test's streams."""
    yield
    console.results.cache_clear()
    console.progress.cache_clear()
