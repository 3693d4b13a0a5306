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
_PAUSE_COMMANDS = ("client|pause", "client|unpause")
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
    CacheAccess(PROVISIONER, (), (), (*ADMINISTRATION_COMMANDS, *_PAUSE_COMMANDS)),
    CacheAccess(VERIFIER, ("%R~*",), (), VERIFIER_COMMANDS),
)
"""The logins that belong to no service."""

REPLICATION, SENTINEL, DISCOVERY = "replication", "sentinel", "discovery"
_HELLO = "__sentinel__:hello"
REPLICATION_ACCESS = (
    CacheAccess(REPLICATION, (), (), ("ping", "psync", "replconf")),
    CacheAccess(
        SENTINEL,
        (),
        (_HELLO,),
        (
            "multi",
            "exec",
            "slaveof",
            "ping",
            "subscribe",
            "config|rewrite",
            "role",
            "publish",
            "info",
            "client|setname",
            "client|kill",
            "script|kill",
        ),
    ),
)
"""The logins of a replicated server's other nodes, and of the Sentinels that watch and appoint."""

_LOOK = ("sentinel|get-master-addr-by-name",)
_WATCH = (*_LOOK, "sentinel|ckquorum", "sentinel|master", "sentinel|replicas", "sentinel|sentinels", "ping", "info")
SENTINEL_ACCESS = (
    CacheAccess(HEALTH, (), (), ("ping", *_LOOK)),
    CacheAccess(PROVISIONER, (), (), (*_WATCH, "sentinel|failover", "client|setinfo", "client|setname")),
    CacheAccess(VERIFIER, (), (), (*_WATCH, "acl|list", "client|setinfo", "client|setname")),
    CacheAccess(SENTINEL, (), (_HELLO,), ("ping", "publish", "sentinel|is-master-down-by-addr", "client|setname")),
    CacheAccess(
        DISCOVERY,
        (),
        ("*",),
        (
            *_LOOK,
            "sentinel|master",
            "sentinel|masters",
            "sentinel|replicas",
            "sentinel|sentinels",
            "sentinel|slaves",
            "subscribe",
            "psubscribe",
            "unsubscribe",
            "punsubscribe",
            "ping",
            "info",
            "client|setinfo",
            "client|setname",
        ),
    ),
)
"""The logins of a Sentinel; its channels tell of appointments only, and `discovery` is what services ask with."""


def system_access(*, replicated: bool) -> tuple[CacheAccess, ...]:
    """The logins of a server that belong to no service."""
    return (*SYSTEM_ACCESS, *REPLICATION_ACCESS) if replicated else SYSTEM_ACCESS


def accesses(services: Iterable[Service], role: Role, *, replicated: bool = False) -> tuple[CacheAccess, ...]:
    """Every login of the server of this role."""
    owned = (service_access(service, role) for service in services)
    return (*system_access(replicated=replicated), *(access for access in owned if access is not None))


def service_access(service: Service, role: Role) -> CacheAccess | None:
    """The service's rights on the server of this role; None where it keeps nothing there."""
    entries = {name: entry for name, entry in sorted(service.cache.items()) if entry.role == role}
    if not entries:
        return None
    own = f"{PREFIX}:{service.short}"
    keys = tuple(f"{own}:{name}:list:*" if entry.list else f"{own}:{name}:*" for name, entry in entries.items())
    return CacheAccess(service.name, keys, (f"{own}:*",), SERVICE_COMMANDS)
