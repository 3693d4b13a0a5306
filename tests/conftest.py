"""Fixtures for all tests: real servers, each started only where a test asks for it."""

pytest_plugins = ["tests.servers.stack", "tests.servers.minio", "tests.servers.redis"]
