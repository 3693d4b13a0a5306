"""A replicated Redis: three nodes and three Sentinels on a network of their own, as the stack configures them."""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import redis

from infra.components.cache_settings import redis_conf, settings, system_users, users_acl
from infra.components.sentinel_settings import (
    SENTINEL_PORT,
    known_nodes,
    node_files,
    replication_conf,
    sentinel_conf,
)
from infra.model.cache import PRIMARY_SET, Cache, CacheNode, SentinelNode
from infra.model.cache_access import DISCOVERY, PROVISIONER, SENTINEL_ACCESS, service_access, system_access
from infra.model.loading import load_services
from infra.provider.cache_handover import Watchers
from infra.provider.cache_login import CacheLogin
from infra.provider.cache_sentinel import SentinelInputs, SentinelType
from infra.provider.cache_server import CacheServerInputs, CacheServerType
from infra.provider.cache_user import CacheUserInputs, CacheUserType
from tests.servers.container import Authority, RunningServer, joined, network, running

REPLICAS = 2
PORT = 6379


@dataclass(frozen=True)
class RedisReplicas:
    """The running nodes and Sentinels by name, and every password to them."""

    cache: Cache
    authority: Authority
    certificates: Mapping[str, str]
    servers: Mapping[str, RunningServer]
    passwords: Mapping[str, str] = field(repr=False)

    def login(self, name: str, user: str) -> CacheLogin:
        """The user's login on one node or Sentinel."""
        where = {"host": "127.0.0.1", "port": self.servers[name].port, "authority": self.authority.certificate}
        return CacheLogin.model_validate(where | {"username": user, "password": self.passwords[user]})

    def client(self, name: str, user: str) -> Any:
        """A client of the user on one node or Sentinel."""
        return redis.Redis(
            host="127.0.0.1",
            port=self.servers[name].port,
            username=user,
            password=self.passwords[user],
            ssl=True,
            ssl_ca_data=self.authority.certificate,
            decode_responses=True,
            socket_timeout=2,
            socket_connect_timeout=2,
        )

    def primary(self) -> str:
        """Who takes writes, as a Sentinel that answers says."""
        for sentinel in self.cache.sentinels:
            try:
                found = self.client(sentinel.name, DISCOVERY).sentinel_get_master_addr_by_name(PRIMARY_SET)
            except redis.RedisError:
                continue
            return str(found[0])
        raise AssertionError("no Sentinel answers")

    def node_inputs(self, node: CacheNode, **changes: Any) -> CacheServerInputs:
        """What the program declares for the node."""
        declared = {
            "container": self.servers[node.name].name,
            "login": self.login(node.name, PROVISIONER),
            "settings": settings(self.cache, node),
            "users": system_users(self.passwords, system_access(replicated=True)),
            "certificate": self.certificates[node.name],
            "replicationPassword": self.passwords["replication"],
            "watchers": self.watchers(node),
        }
        return CacheServerInputs.model_validate(declared | changes)

    def watchers(self, node: CacheNode) -> Watchers:
        """The Sentinels, for whoever renews the node."""
        logins = [self.login(sentinel.name, PROVISIONER) for sentinel in self.cache.sentinels]
        return Watchers.model_validate({"logins": logins, "primarySet": PRIMARY_SET, "node": node.name})

    def user_inputs(self, node: CacheNode, service: str) -> CacheUserInputs:
        """What the program declares for the service's user on the node."""
        access = service_access(load_services()[service], node.role)
        assert access is not None
        declared = {
            "server": self.login(node.name, PROVISIONER),
            "name": service,
            "password": self.passwords[service],
            "passwordOverlap": 0,
            "keys": access.keys,
            "channels": access.channels,
            "commands": access.commands,
        }
        return CacheUserInputs.model_validate(declared)

    def sentinel_inputs(self, sentinel: SentinelNode) -> SentinelInputs:
        """What the program declares for the Sentinel."""
        declared = {
            "container": self.servers[sentinel.name].name,
            "login": self.login(sentinel.name, PROVISIONER),
            "primarySet": PRIMARY_SET,
            "replicas": self.cache.durable.replicas,
            "configuration": {},
        }
        return SentinelInputs.model_validate(declared)


def replicated_cache(replicas: int = REPLICAS) -> Cache:
    """The stack's two roles, the durable one with replicas; ports are the test's affair."""
    server = {"port": PORT, "limits": {"memory": "1GiB", "cpus": 1}, "maxmemory": "128MiB"}
    watch = {"ports": [26379, 26380, 26381], "limits": {"memory": "64MiB", "cpus": 1}}
    copies = {"replicas": replicas, "replicaPorts": [6381, 6382], "sentinels": watch}
    return Cache.model_validate({"durable": server | copies, "evictable": server, "passwordOverlap": "1h"})


@contextmanager
def running_replicas(replicas: int = REPLICAS) -> Iterator[RedisReplicas]:
    """Everything started at once, users and settings applied, every Sentinel with its quorum."""
    cache, authority = replicated_cache(replicas), Authority()
    services = [service.name for service in load_services().values() if service_access(service, "durable")]
    logins = {access.login for access in (*system_access(replicated=True), *SENTINEL_ACCESS)}
    passwords = {name: secrets.token_hex(20) for name in [*sorted(logins), *services]}
    issued = {name: authority.issue() for name in known_nodes(cache).split()}
    with ExitStack() as running_servers:
        shared = running_servers.enter_context(network("t-redis"))
        servers = {}
        for name, (certificate, key) in issued.items():
            trust = {
                "tls/authority.crt": authority.certificate,
                "tls/server.crt": certificate,
                "tls/server.key": key,
                "secrets/health-password": passwords["health"],
            }
            files, port = _files(cache, name, passwords)
            options = {"hostname": name, "restart_policy": {"Name": "unless-stopped"}, **joined(shared, name)}
            server = running("redis", port, files | trust, **options)
            servers[name] = running_servers.enter_context(server)
        certificates = {name: certificate for name, (certificate, _) in issued.items()}
        found = RedisReplicas(cache, authority, certificates, servers, passwords)
        for node in cache.nodes("durable"):
            CacheServerType().create(found.node_inputs(node))
            for service in services:
                CacheUserType().create(found.user_inputs(node, service))
        for sentinel in cache.sentinels:
            SentinelType().create(found.sentinel_inputs(sentinel))
        yield found


def _files(cache: Cache, name: str, passwords: Mapping[str, str]) -> tuple[dict[str, str], int]:
    for node in cache.nodes("durable"):
        if node.name == name:
            users = users_acl(system_users(passwords, system_access(replicated=True)))
            own = {
                "redis.conf": redis_conf(cache, node),
                "replication.conf": replication_conf(passwords["replication"]),
            }
            return {**own, "users.acl": users, **node_files(cache)}, PORT
    sentinel = next(sentinel for sentinel in cache.sentinels if sentinel.name == name)
    files = {
        "sentinel.conf": sentinel_conf(cache, sentinel, passwords["sentinel"]),
        "users.acl": users_acl(system_users(passwords, SENTINEL_ACCESS)),
        "nodes": known_nodes(cache),
        "primary-set": f"{PRIMARY_SET}\n",
    }
    return files, SENTINEL_PORT
