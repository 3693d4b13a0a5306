"""The declared users and settings of the cache servers beside the running ones."""

from collections.abc import Iterable, Iterator

from infra.model.cache_access import UNAUTHENTICATED_COMMANDS, CacheAccess
from policies.drift.difference import Aspect, Difference, differences
from policies.facts.cache import CacheUser
from policies.facts.facts import Facts
from policies.scopes.caches import DEFAULT_USER, CacheLogin, cache_logins, cache_servers


def caches(live: Facts, stack: str) -> Iterator[Difference]:
    """Users, their keys, channels and commands, and the directives of each server."""
    mend = f"aqdata up --stack {stack} --refresh"
    for login in cache_logins.subjects(live):
        yield from _login(login, mend)
    for server in cache_servers.subjects(live):
        found = {name: server.facts.settings.get(name) for name in server.declared_settings}
        yield from differences(f"{server.address} ", "cache settings", server.declared_settings, found, mend)


def _login(login: CacheLogin, mend: str) -> Iterator[Difference]:
    where = f"{login.address} "
    if login.declared is None and login.user is not None and login.name != DEFAULT_USER:
        strange = f"redis-cli ACL DELUSER {login.name} and ACL SAVE on {login.server.address}"
        yield Difference(f"{where}user", "cache users", "nothing", "a user", strange)
    elif login.declared is not None:
        found = _found(login.user, login.declared) if login.user else {}
        yield from differences(where, "cache users", _declared(login.declared, found), found, mend)


def _declared(access: CacheAccess, found: Aspect) -> Aspect:
    rights = {
        "enabled": True,
        "keys": frozenset(key if key.startswith("%") else f"~{key}" for key in access.keys),
        "channels": frozenset(f"&{channel}" for channel in access.channels),
        "selectors": frozenset[str](),
        "commands": frozenset(access.commands),
    }
    return {name: value for name, value in rights.items() if name in found or not found}


def _found(user: CacheUser, access: CacheAccess) -> Aspect:
    """What the server grants; commands only where they were asked for."""
    rights: dict[str, object] = {
        "enabled": user.is_enabled,
        "keys": frozenset(user.keys),
        "channels": frozenset(user.channels),
        "selectors": frozenset(user.selectors),
    }
    if user.allowed is not None:
        rights["commands"] = frozenset(_as_declared(user.allowed, access.commands))
    return rights


def _as_declared(allowed: Iterable[str], declared: Iterable[str]) -> Iterator[str]:
    """A subcommand by its container where the whole container is declared."""
    known = frozenset(declared)
    for command in frozenset(allowed) - {*UNAUTHENTICATED_COMMANDS} - known:
        container = command.partition("|")[0]
        yield container if container in known else command
    yield from known.intersection(allowed)
