"""Fixtures for all tests: real servers, each started only where a test asks for it."""

import signal

pytest_plugins = ["tests.servers.stack", "tests.servers.minio", "tests.servers.redis"]


def pytest_configure() -> None:
    """End a terminated run as Ctrl-C does, so that it still removes its servers."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
