"""`redis.conf` and the file of system users, as text."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from infra.model.cache import Cache, Role
from infra.model.cache_access import VERIFIER_COMMANDS

CONFIGURATION = "/etc/aqstream"
_PLACES = {
    "bind": "* -::*",
    "dir": "/data",
    "aclfile": "/data/users.acl",
    "tls-cert-file": f"{CONFIGURATION}/tls/server.crt",
    "tls-key-file": f"{CONFIGURATION}/tls/server.key",
    "tls-ca-cert-file": f"{CONFIGURATION}/tls/authority.crt",
}


@dataclass(frozen=True)
class SystemUser:
    """A login that belongs to no service; `keys` in ACL form, `%R~*` being names and values to read."""

    keys: tuple[str, ...]
    commands: tuple[str, ...]


PROVISIONER, VERIFIER, HEALTH = "provisioner", "verifier", "health"
_ADMINISTRATION = ("acl", "config|get", "config|set", "info", "ping", "client|setinfo", "client|setname")
SYSTEM_USERS = {
    PROVISIONER: SystemUser((), _ADMINISTRATION),
    VERIFIER: SystemUser(("%R~*",), VERIFIER_COMMANDS),
    HEALTH: SystemUser((), ("ping",)),
}
DEFAULT_USER_OFF = "off sanitize-payload resetchannels -@all"


def settings(cache: Cache, role: Role) -> dict[str, str]:
    """Every directive that differs from Redis's default, values as CONFIG GET prints them."""
    return _PLACES | cache.settings(role)


def redis_conf(cache: Cache, role: Role) -> str:
    """The settings in file form; every value is quoted, so that empty ones and blanks are kept."""
    return "".join(_line(key, value) for key, value in sorted(settings(cache, role).items()))


def _line(key: str, value: str) -> str:
    arguments = " ".join(f'"{part}"' for part in value.split()) if key in ("bind",) else f'"{value}"'
    return f"{key} {arguments}\n"


def system_users(passwords: Mapping[str, str]) -> dict[str, str]:
    """User -> rules, spelled as ACL LIST prints them; without a password there is no such user."""
    users = {name: _rules(SYSTEM_USERS[name], password) for name, password in sorted(passwords.items())}
    return {"default": DEFAULT_USER_OFF} | users


def users_acl(users: Mapping[str, str]) -> str:
    """The users in the form of Redis's ACL file."""
    return "".join(f"user {name} {rules}\n" for name, rules in users.items())


def _rules(user: SystemUser, password: str) -> str:
    digest = sha256(password.encode()).hexdigest()
    granted = [f"+{command}" for command in user.commands]
    return " ".join(["on", "sanitize-payload", f"#{digest}", *user.keys, "resetchannels", "-@all", *granted])
