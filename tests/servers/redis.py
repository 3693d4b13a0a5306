"""Redis servers with the stack's own configuration."""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import redis

from infra.components.cache_settings import redis_conf, settings, system_users, users_acl
from infra.model.cache import Cache, CacheNode, Role
from infra.model.cache_access import PROVISIONER, SYSTEM_ACCESS, service_access
from infra.model.loading import load_services
from infra.provider.cache_login import CacheLogin
from infra.provider.cache_server import CacheServerInputs
from infra.provider.cache_user import CacheUserInputs, CacheUserType
from tests.servers.container import Authority, RunningServer, running

PORT = 6379
MAXMEMORY = "128MiB"


@dataclass(frozen=True)
class TestRedis:
    """A running Redis and every password to it."""

    __test__ = False

    server: RunningServer
    authority: Authority
    cache: Cache
    role: Role
    certificate: str
    passwords: Mapping[str, str] = field(repr=False)

    def login(self, user: str, password: str | None = None) -> CacheLogin:
        """The user's login."""
        return CacheLogin(
            host="127.0.0.1",
            port=self.server.port,
            username=user,
            password=password or self.passwords[user],
            authority=self.authority.certificate,
        )

    def client(self, user: str, **options: Any) -> Any:
        """A redis-py client of the user, text in and out."""
        return self.client_with(user, self.passwords[user], **options)

    @property
    def node(self) -> CacheNode:
        """The one process of its role."""
        return self.cache.nodes(self.role)[0]

    def client_with(self, user: str, password: str, **options: Any) -> Any:
        """The same with any password."""
        return redis.Redis(
            host="127.0.0.1",
            port=self.server.port,
            username=user,
            password=password,
            ssl=True,
            ssl_ca_data=self.authority.certificate,
            **{"decode_responses": True, "socket_timeout": 10, **options},
        )

    def server_inputs(self, **changes: Any) -> CacheServerInputs:
        """What the program declares for this server."""
        declared = {
            "container": self.server.name,
            "login": self.login(PROVISIONER),
            "settings": settings(self.cache, self.node),
            "users": system_users(self.passwords, SYSTEM_ACCESS),
            "certificate": self.certificate,
        }
        return CacheServerInputs.model_validate(declared | changes)

    def user_inputs(self, service: str, **changes: Any) -> CacheUserInputs:
        """What the program declares for the service's user."""
        access = service_access(load_services()[service], self.role)
        assert access is not None
        declared = {
            "server": self.login(PROVISIONER),
            "name": service,
            "password": self.passwords[service],
            "passwordOverlap": 0,
            "keys": access.keys,
            "channels": access.channels,
            "commands": access.commands,
        }
        return CacheUserInputs.model_validate(declared | changes)


def cache_of(maxmemory: str = MAXMEMORY) -> Cache:
    """Two servers of this size; the ports are the stack's affair."""
    server = {"port": PORT, "limits": {"memory": "2GiB", "cpus": 1}, "maxmemory": maxmemory}
    return Cache.model_validate({"durable": server, "evictable": server, "passwordOverlap": "1h"})


@contextmanager
def running_redis(role: Role, maxmemory: str = MAXMEMORY, **options: Any) -> Iterator[TestRedis]:
    """A server of this role, with the users of all services that keep something on it."""
    authority, cache = Authority(), cache_of(maxmemory)
    services = [service.name for service in load_services().values() if service_access(service, role)]
    system = [access.login for access in SYSTEM_ACCESS]
    passwords = {name: secrets.token_hex(20) for name in [*system, *services]}
    certificate, key = authority.issue()
    files = {
        "redis.conf": redis_conf(cache, cache.nodes(role)[0]),
        "users.acl": users_acl(system_users(passwords, SYSTEM_ACCESS)),
        "tls/authority.crt": authority.certificate,
        "tls/server.crt": certificate,
        "tls/server.key": key,
        "secrets/health-password": passwords["health"],
    }
    with running("redis", PORT, files, **options) as server:
        found = TestRedis(server, authority, cache, role, certificate, passwords)
        for service in services:
            CacheUserType().create(found.user_inputs(service))
        yield found


@pytest.fixture(scope="session")
def durable_redis() -> Iterator[TestRedis]:
    """The server of sessions and rate limits; tests leave its users as they are."""
    with running_redis("durable") as server:
        yield server


@pytest.fixture(scope="session")
def evictable_redis() -> Iterator[TestRedis]:
    """The server of caches."""
    with running_redis("evictable") as server:
        yield server
