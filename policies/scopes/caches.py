"""The cache servers, their users and their keys, beside what is declared about them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from infra.model.cache import CacheNode, Role
from infra.model.cache_access import CacheAccess, accesses
from infra.model.cache_key import LEASE_SECONDS, CacheKey, parse_key
from infra.model.intent import Intent
from infra.model.storage import CacheEntry
from policies.facts.cache import CacheFacts, CacheUser, KeyCensus, KeyGroup, SentinelFacts
from policies.facts.facts import Facts
from policies.facts.storage_probe import StorageProbe
from policies.rule import NotApplicable, Scope

DEFAULT_USER = "default"


@dataclass(frozen=True)
class CacheServer:
    """One server and what the stack declares for it."""

    intent: Intent
    node: CacheNode
    facts: CacheFacts

    @property
    def address(self) -> str:
        """The server's name."""
        return self.node.name

    @property
    def role(self) -> Role:
        """Whether it keeps what it holds."""
        return self.node.role

    @property
    def declared_settings(self) -> dict[str, str]:
        """Directive -> value."""
        return self.intent.stack.cache.settings_of(self.node)

    @property
    def declared_logins(self) -> dict[str, CacheAccess]:
        """Login -> its rights."""
        replicated = len(self.intent.stack.cache.nodes(self.role)) > 1
        services = self.intent.services.values()
        return {access.login: access for access in accesses(services, self.role, replicated=replicated)}


@dataclass(frozen=True)
class ReplicatedCache:
    """The durable server's nodes and its Sentinels, as far as they could be read."""

    intent: Intent
    nodes: Mapping[str, CacheFacts]
    sentinels: Mapping[str, SentinelFacts]

    @property
    def address(self) -> str:
        """The first node's name, which stands for all."""
        return self.intent.stack.cache.nodes("durable")[0].name

    @property
    def declared_replicas(self) -> int:
        """How many nodes copy the primary."""
        return self.intent.stack.cache.durable.replicas


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
        """What was tried with this login. Raises NotApplicable where nothing may be written."""
        if self.server.facts.probes is None:
            raise NotApplicable("nothing was tried: that would write")
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
    for node in facts.intent.stack.cache.every_node:
        if node.name in facts.caches:
            yield CacheServer(facts.intent, node, facts.caches[node.name])


def _replicated(facts: Facts) -> Iterator[ReplicatedCache]:
    cache = facts.intent.stack.cache
    if cache.is_replicated and facts.caches:
        nodes = {node.name: facts.caches[node.name] for node in cache.nodes("durable") if node.name in facts.caches}
        yield ReplicatedCache(facts.intent, nodes, facts.sentinels)


def _logins(facts: Facts) -> Iterator[CacheLogin]:
    for server in _servers(facts):
        users = {user.name: user for user in server.facts.users}
        for name in sorted({*users, *server.declared_logins}):
            yield CacheLogin(server, name, server.declared_logins.get(name), users.get(name))


def _service_logins(facts: Facts) -> Iterator[CacheLogin]:
    services = facts.intent.services
    return (
        login for login in _logins(facts) if login.name in services and login.declared and login.server.facts.is_primary
    )


def _keys(facts: Facts) -> Iterator[CachedKeys]:
    for server in _servers(facts):
        if server.facts.census is not None:
            for group in server.facts.census.groups:
                yield CachedKeys(server, server.facts.census, group)


cache_servers = Scope("cache servers", "cache", _servers)
replicated_caches = Scope("replicated cache servers", "cache", _replicated)
cache_logins = Scope("cache users", "cache", _logins)
cache_service_logins = Scope("services' cache logins", "cache", _service_logins)
cached_keys = Scope("patterns of cached keys", "cache", _keys)
