"""The cache servers, their users and their keys, beside what is declared about them."""

from collections.abc import Iterator
from dataclasses import dataclass

from infra.model.cache import ROLES, Role, container_name
from infra.model.cache_access import CacheAccess, accesses
from infra.model.cache_key import LEASE_SECONDS, CacheKey, parse_key
from infra.model.intent import Intent
from infra.model.storage import CacheEntry
from policies.facts.cache import CacheFacts, CacheUser, KeyCensus, KeyGroup
from policies.facts.facts import Facts
from policies.facts.storage_probe import StorageProbe
from policies.rule import Scope

DEFAULT_USER = "default"


@dataclass(frozen=True)
class CacheServer:
    """One server and what the stack declares for its role."""

    intent: Intent
    role: Role
    facts: CacheFacts

    @property
    def address(self) -> str:
        """The server's name."""
        return container_name(self.role)

    @property
    def declared_settings(self) -> dict[str, str]:
        """Directive -> value."""
        return self.intent.stack.cache.settings(self.role)

    @property
    def declared_logins(self) -> dict[str, CacheAccess]:
        """Login -> its rights."""
        return {access.login: access for access in accesses(self.intent.services.values(), self.role)}


@dataclass(frozen=True)
class CacheLogin:
    """A user that is declared, or there, or both."""

    server: CacheServer
    name: str
    declared: CacheAccess | None
    user: CacheUser | None

    @property
    def address(self) -> str:
        """`redis/user_service`."""
        return f"{self.server.address}/{self.name}"

    @property
    def probes(self) -> list[StorageProbe]:
        """What was tried with this login."""
        return [probe for probe in self.server.facts.probes if probe.login == self.name]


@dataclass(frozen=True)
class CachedKeys:
    """All keys of one pattern."""

    server: CacheServer
    census: KeyCensus
    group: KeyGroup

    @property
    def address(self) -> str:
        """`redis/aqstream:user:session:{id}`."""
        return f"{self.server.address}/{self.group.pattern}"

    @property
    def key(self) -> CacheKey | None:
        """The pattern's parts, None where it is outside the contract."""
        return parse_key(self.group.pattern.replace("{id}", "id").replace("{params_hash}", "hash"))

    @property
    def entry(self) -> CacheEntry | None:
        """The declared entry that such keys belong to."""
        key = self.key
        services = self.server.intent.services.values()
        owner = next((service for service in services if key and service.short == key.service), None)
        return owner.cache.get(key.entity) if owner and key else None

    @property
    def longest_lifetime(self) -> int | None:
        """Seconds that the contract gives such keys; None outside it."""
        if self.key is None or self.entry is None:
            return None
        return LEASE_SECONDS if self.key.kind == "lease" else self.entry.ttl


def _servers(facts: Facts) -> Iterator[CacheServer]:
    for role in ROLES:
        if container_name(role) in facts.caches:
            yield CacheServer(facts.intent, role, facts.caches[container_name(role)])


def _logins(facts: Facts) -> Iterator[CacheLogin]:
    for server in _servers(facts):
        users = {user.name: user for user in server.facts.users}
        for name in sorted({*users, *server.declared_logins}):
            yield CacheLogin(server, name, server.declared_logins.get(name), users.get(name))


def _service_logins(facts: Facts) -> Iterator[CacheLogin]:
    return (login for login in _logins(facts) if login.name in facts.intent.services and login.declared)


def _keys(facts: Facts) -> Iterator[CachedKeys]:
    for server in _servers(facts):
        if server.facts.census is not None:
            for group in server.facts.census.groups:
                yield CachedKeys(server, server.facts.census, group)


cache_servers = Scope("cache servers", "cache", _servers)
cache_logins = Scope("cache users", "cache", _logins)
cache_service_logins = Scope("services' cache logins", "cache", _service_logins)
cached_keys = Scope("patterns of cached keys", "cache", _keys)
