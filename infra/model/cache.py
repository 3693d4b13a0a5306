"""The Redis servers of a stack: one keeps what it holds, the other gives memory back under pressure.

Redis evicts by one policy for all its memory; databases inside a server share it. So what must survive memory
pressure (sessions, rate limits) and what may go (caches) live in two processes: see docs/cache.md, which has the
measurements behind this. The one that keeps may have replicas, among which Sentinel chooses the one that writes.
"""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field, model_validator

from infra.model.declaration import Declaration
from infra.model.limits import Limits, Port
from infra.model.quantity import Bytes, Seconds

Role = Literal["durable", "evictable"]
ROLES: tuple[Role, ...] = ("durable", "evictable")
MIB = 1 << 20

# Protected mode would answer nobody, the provisioner included, while the default user needs no password: the
# misconfiguration could neither be seen by a check nor mended by an `up`. The default user is off instead.
_COMMON = {
    "port": "0",
    "tls-port": "6379",
    "tls-auth-clients": "no",
    "tls-protocols": "TLSv1.2 TLSv1.3",
    "databases": "1",
    "protected-mode": "no",
    "enable-debug-command": "no",
    "enable-module-command": "no",
    "enable-protected-configs": "no",
    "save": "",
    "maxmemory-clients": "20%",
    "tcp-keepalive": "60",
    "lazyfree-lazy-user-del": "yes",
    "lazyfree-lazy-eviction": "yes",
    "latency-monitor-threshold": "100",
    "acllog-max-len": "128",
}
_BY_ROLE: dict[Role, dict[str, str]] = {
    "durable": {"maxmemory-policy": "noeviction", "appendonly": "yes", "appendfsync": "everysec"},
    "evictable": {"maxmemory-policy": "allkeys-lfu", "appendonly": "no"},
}


_REPLICATED = {
    "tls-replication": "yes",
    "masteruser": "replication",
    "min-replicas-max-lag": "5",
    "repl-diskless-sync-delay": "0",
    "repl-timeout": "10",
    "repl-ping-replica-period": "1",
}

SENTINEL_NAME = "redis-sentinel"
SENTINELS = 3
"""As many as a quorum of two needs to outlive one of them."""
QUORUM = 2
PRIMARY_SET = "aqstream"
"""The name under which Sentinel knows the durable server and its replicas; clients ask for it."""


class CacheServer(Declaration):
    """One Redis process. `maxmemory` bounds its data, `limits.memory` the whole process."""

    port: Port
    limits: Limits
    maxmemory: Bytes
    maxclients: Annotated[int, Field(ge=16)] = 1000


class Sentinels(Declaration):
    """The processes that watch a replicated server and appoint another node when its primary is gone."""

    ports: tuple[Port, Port, Port]
    limits: Limits


class DurableServer(CacheServer):
    """The server that keeps what it holds, with `replicas` copies and then three Sentinels; 0 is a single server.

    `replica_ports` and `sentinels` say where they would be published; only those in use are.
    """

    replicas: Annotated[int, Field(ge=0, le=2)] = 0
    replica_ports: tuple[Port, ...] = ()
    sentinels: Sentinels | None = None

    @model_validator(mode="after")
    def _replicas_are_published(self) -> "DurableServer":
        if self.replicas > len(self.replica_ports):
            raise ValueError(f"'replicas: {self.replicas}' needs as many 'replicaPorts', got {len(self.replica_ports)}")
        if self.replicas and self.sentinels is None:
            raise ValueError("'replicas' needs 'sentinels' with three ports: without them nobody appoints a primary")
        return self


@dataclass(frozen=True, slots=True)
class CacheNode:
    """One Redis process of a role; `position` 0 is the one that is primary at first, or alone."""

    role: Role
    position: int
    port: int

    @property
    def name(self) -> str:
        """Its short physical name: `redis`, `redis-2`, `redis-cache`."""
        return container_name(self.role) if not self.position else f"{container_name(self.role)}-{self.position + 1}"


@dataclass(frozen=True, slots=True)
class SentinelNode:
    """One Sentinel."""

    position: int
    port: int

    @property
    def name(self) -> str:
        """Its short physical name: `redis-sentinel-1`."""
        return f"{SENTINEL_NAME}-{self.position + 1}"


class Cache(Declaration):
    """`durable` holds entries with `evictable: false`, `evictable` all others.

    A rotated password stays valid beside the new one for `password_overlap`, so that services can change over.
    """

    durable: DurableServer
    evictable: CacheServer
    password_overlap: Seconds

    @property
    def is_replicated(self) -> bool:
        """Whether the durable server has replicas and Sentinels."""
        return self.durable.replicas > 0

    def nodes(self, role: Role) -> tuple[CacheNode, ...]:
        """The processes of this role."""
        published = (self.server(role).port, *(self.durable.replica_ports if role == "durable" else ()))
        count = 1 + self.durable.replicas if role == "durable" else 1
        return tuple(CacheNode(role, position, port) for position, port in enumerate(published[:count]))

    @property
    def every_node(self) -> tuple[CacheNode, ...]:
        """The Redis processes of both roles."""
        return tuple(node for role in ROLES for node in self.nodes(role))

    @property
    def sentinels(self) -> tuple[SentinelNode, ...]:
        """Three where the durable server is replicated."""
        declared = self.durable.sentinels
        if not self.is_replicated or declared is None:
            return ()
        return tuple(SentinelNode(position, port) for position, port in enumerate(declared.ports))

    def server(self, role: Role) -> CacheServer:
        """The server of this role."""
        return self.durable if role == "durable" else self.evictable

    def settings(self, role: Role) -> dict[str, str]:
        """Redis directive -> value as CONFIG GET prints it."""
        server = self.server(role)
        sized = {"maxmemory": str(server.maxmemory), "maxclients": str(server.maxclients)}
        return _COMMON | _BY_ROLE[role] | sized

    def settings_of(self, node: CacheNode) -> dict[str, str]:
        """The role's settings with those by which this node and the others copy from the primary."""
        settings = self.settings(node.role)
        return settings | self._replication(node) if len(self.nodes(node.role)) > 1 else settings

    def _replication(self, node: CacheNode) -> dict[str, str]:
        # A primary that no replica hears any more may have been replaced, so it takes no writes. With one replica
        # that would end writes whenever the replica is away; there the window stays open until Sentinel closes it.
        return _REPLICATED | {
            "replica-announce-ip": node.name,
            "min-replicas-to-write": "1" if self.durable.replicas > 1 else "0",
        }

    @model_validator(mode="after")
    def _memory_fits(self) -> "Cache":
        # Rewriting the append-only file forks: while it lasts, every page that is written exists twice.
        for role in ROLES:
            server = self.server(role)
            needed = (2 if role == "durable" else 1) * server.maxmemory + server.maxmemory // 5 + 32 * MIB
            if server.limits.memory < needed:
                raise ValueError(
                    f"{role}.limits.memory: maxmemory {server.maxmemory // MIB}MiB needs at least "
                    f"{-(-needed // MIB)}MiB, got {server.limits.memory // MIB}MiB"
                )
        return self


def container_name(role: Role) -> str:
    """The server's short physical name, which is also its alias on its networks."""
    return "redis" if role == "durable" else "redis-cache"
