"""The two Redis servers of a stack: one keeps what it holds, the other gives memory back under pressure.

Redis evicts by one policy for all its memory; databases inside a server share it. So what must survive memory
pressure (sessions, rate limits) and what may go (caches) live in two processes: see docs/cache.md, which has the
measurements behind this.
"""

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


class CacheServer(Declaration):
    """One Redis process. `maxmemory` bounds its data, `limits.memory` the whole process."""

    port: Port
    limits: Limits
    maxmemory: Bytes
    maxclients: Annotated[int, Field(ge=16)] = 1000


class Cache(Declaration):
    """`durable` holds entries with `evictable: false`, `evictable` all others.

    A rotated password stays valid beside the new one for `password_overlap`, so that services can change over.
    """

    durable: CacheServer
    evictable: CacheServer
    password_overlap: Seconds

    def server(self, role: Role) -> CacheServer:
        """The server of this role."""
        return self.durable if role == "durable" else self.evictable

    def settings(self, role: Role) -> dict[str, str]:
        """Redis directive -> value as CONFIG GET prints it."""
        server = self.server(role)
        sized = {"maxmemory": str(server.maxmemory), "maxclients": str(server.maxclients)}
        return _COMMON | _BY_ROLE[role] | sized

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
