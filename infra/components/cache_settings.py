"""`redis.conf` and the file of system users, as text."""

from collections.abc import Mapping, Sequence
from hashlib import sha256

from infra.model.cache import Cache, CacheNode
from infra.model.cache_access import CacheAccess

CONFIGURATION = "/etc/aqstream"
_PLACES = {
    "bind": "* -::*",
    "dir": "/data",
    "aclfile": "/data/users.acl",
    "tls-cert-file": f"{CONFIGURATION}/tls/server.crt",
    "tls-key-file": f"{CONFIGURATION}/tls/server.key",
    "tls-ca-cert-file": f"{CONFIGURATION}/tls/authority.crt",
}


DEFAULT_USER_OFF = "off sanitize-payload resetchannels -@all"


def settings(cache: Cache, node: CacheNode) -> dict[str, str]:
    """Every directive that differs from Redis's default, values as CONFIG GET prints them."""
    return _PLACES | cache.settings_of(node)


def redis_conf(cache: Cache, node: CacheNode) -> str:
    """The settings in file form; every value is quoted, so that empty ones and blanks are kept."""
    return "".join(_line(key, value) for key, value in sorted(settings(cache, node).items()))


def _line(key: str, value: str) -> str:
    arguments = " ".join(f'"{part}"' for part in value.split()) if key in ("bind",) else f'"{value}"'
    return f"{key} {arguments}\n"


def system_users(passwords: Mapping[str, str], logins: Sequence[CacheAccess]) -> dict[str, str]:
    """User -> rules, spelled as ACL LIST prints them."""
    users = {access.login: _rules(access, passwords[access.login]) for access in logins}
    return {"default": DEFAULT_USER_OFF} | users


def users_acl(users: Mapping[str, str]) -> str:
    """The users in the form of Redis's ACL file."""
    return "".join(f"user {name} {rules}\n" for name, rules in users.items())


def _rules(access: CacheAccess, password: str) -> str:
    digest = sha256(password.encode()).hexdigest()
    granted = [f"+{command}" for command in access.commands]
    return " ".join(["on", "sanitize-payload", f"#{digest}", *access.keys, *_channels(access), "-@all", *granted])


def _channels(access: CacheAccess) -> list[str]:
    """A list of channels starts from none; all of them is one pattern."""
    patterns = [f"&{channel}" for channel in access.channels]
    return patterns if patterns == ["&*"] else ["resetchannels", *patterns]
