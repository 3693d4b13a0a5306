"""Which keys, channels and commands each login has on a cache server."""

from collections.abc import Iterable
from dataclasses import dataclass

from infra.model.cache import Role
from infra.model.cache_key import PREFIX
from infra.model.service import Service

SERVICE_COMMANDS = (
    "client|getname",
    "client|id",
    "client|setinfo",
    "client|setname",
    "decr",
    "decrby",
    "del",
    "discard",
    "echo",
    "exec",
    "exists",
    "expire",
    "expireat",
    "get",
    "getdel",
    "getex",
    "hdel",
    "hexists",
    "hget",
    "hgetall",
    "hincrby",
    "hmget",
    "hset",
    "incr",
    "incrby",
    "mget",
    "multi",
    "pexpire",
    "pexpireat",
    "ping",
    "psubscribe",
    "pttl",
    "publish",
    "punsubscribe",
    "reset",
    "set",
    "subscribe",
    "time",
    "ttl",
    "unlink",
    "unsubscribe",
    "unwatch",
    "watch",
    "zadd",
    "zcard",
    "zcount",
    "zrange",
    "zrem",
    "zremrangebyscore",
)
"""What cache-aside, sessions as hashes, rate limits as counters or windows, and invalidation messages need.

Absent on purpose: SCAN, RANDOMKEY and DBSIZE show every service's key names or their number whatever the key
patterns say, as do CLIENT TRACKING in broadcast mode and KEYS; SETEX-like old forms have newer ones; scripts and
functions; SELECT, for there is one database; PERSIST, for every key has a lifetime.
"""

UNAUTHENTICATED_COMMANDS = ("auth", "hello", "quit", "reset")
"""Redis lets every connection call these (flag `no_auth`), whatever its ACL says."""

VERIFIER_COMMANDS = (
    "acl|dryrun",
    "acl|getuser",
    "acl|list",
    "acl|users",
    "client|setinfo",
    "client|setname",
    "command",
    "config|get",
    "dbsize",
    "info",
    "ping",
    "pttl",
    "scan",
)
"""What the live checks need to read a server: names and lifetimes of keys, never a value."""


ADMINISTRATION_COMMANDS = ("acl", "config|get", "config|set", "info", "ping", "client|setinfo", "client|setname")
PROVISIONER, VERIFIER, HEALTH = "provisioner", "verifier", "health"


@dataclass(frozen=True)
class CacheAccess:
    """One login's rights; globs in `keys` and `channels`, `%R~*` being names to read; commands such as `client|id`."""

    login: str
    keys: tuple[str, ...]
    channels: tuple[str, ...]
    commands: tuple[str, ...]


SYSTEM_ACCESS = (
    CacheAccess(HEALTH, (), (), ("ping",)),
    CacheAccess(PROVISIONER, (), (), ADMINISTRATION_COMMANDS),
    CacheAccess(VERIFIER, ("%R~*",), (), VERIFIER_COMMANDS),
)
"""The logins that belong to no service."""


def accesses(services: Iterable[Service], role: Role) -> tuple[CacheAccess, ...]:
    """Every login of the server of this role."""
    owned = (service_access(service, role) for service in services)
    return (*SYSTEM_ACCESS, *(access for access in owned if access is not None))


def service_access(service: Service, role: Role) -> CacheAccess | None:
    """The service's rights on the server of this role; None where it keeps nothing there."""
    entries = {name: entry for name, entry in sorted(service.cache.items()) if entry.role == role}
    if not entries:
        return None
    own = f"{PREFIX}:{service.short}"
    keys = tuple(f"{own}:{name}:list:*" if entry.list else f"{own}:{name}:*" for name, entry in entries.items())
    return CacheAccess(service.name, keys, (f"{own}:*",), SERVICE_COMMANDS)
