"""The shared PostgreSQL server, for resources that talk to one."""

from tests.servers.postgres import postgres

__all__ = ["postgres"]
