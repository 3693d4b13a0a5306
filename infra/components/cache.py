"""The stack's Redis servers, with an ACL user for each service."""

from typing import Any

import pulumi

from infra.components.cache_sentinel import Sentinel
from infra.components.cache_server import CacheArgs, CacheServer
from infra.components.resources import Password
from infra.model.cache import PRIMARY_SET, ROLES, Role, container_name
from infra.model.cache_access import (
    DISCOVERY,
    SENTINEL_ACCESS,
    VERIFIER,
    service_access,
    system_access,
)
from infra.model.service import Service

__all__ = ["Cache", "CacheArgs"]


class Cache(pulumi.ComponentResource):
    """All servers. `endpoints`: server -> address; `credentials`: service -> its login, secret.

    `verifier`: the login of the live checks, the same on all servers, secret.
    """

    def __init__(self, name: str, args: CacheArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("aqstream:data:Cache", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        declared, services = args.intent.stack.cache, args.intent.services.values()
        logins = [access.login for access in system_access(replicated=declared.is_replicated)]
        if declared.is_replicated:
            logins += [access.login for access in SENTINEL_ACCESS if access.login not in logins]
        self._passwords = {
            login: Password(f"{name}-{login}", child).result
            for login in [*logins, *(service.name for service in services if service.cache)]
        }
        servers = [server for role in ROLES for server in self._servers(role, args, child)]
        self._sentinels: list[Sentinel] = []
        for node in declared.sentinels:
            before = [sentinel.container for sentinel in self._sentinels[-1:]]
            needed = [*(server.ready for server in servers), *before]
            self._sentinels.append(Sentinel(node, args, self._passwords, needed, child))
        self._endpoints = {server.name: server.endpoint for server in servers}
        self.credentials = {
            service.name: self._credentials(service, self._passwords[service.name])
            for service in services
            if service.cache
        }
        self.verifier = {"username": VERIFIER, "password": self._passwords[VERIFIER]}
        self.register_outputs({"endpoints": self.endpoints})

    def _servers(self, role: Role, args: CacheArgs, child: pulumi.ResourceOptions) -> list[CacheServer]:
        """The first node is declared last: it is the primary as a rule, and an upgrade renews its replicas before."""
        first, *replicas = args.intent.stack.cache.nodes(role)
        found: list[CacheServer] = []
        for node in (*replicas, first):
            before = found[-1].ready if found else None
            found.append(CacheServer(node, args, self._passwords, before, child))
        return found

    @property
    def endpoints(self) -> dict[str, Any]:
        """Every server's address; a replicated server's own names its Sentinels and what to ask them for."""
        sentinels = {sentinel.name: sentinel.endpoint for sentinel in self._sentinels}
        return self._endpoints | {container_name("durable"): self._durable} | sentinels

    @property
    def _durable(self) -> dict[str, Any]:
        first = self._endpoints[container_name("durable")]
        if not self._sentinels:
            return first
        return first | {"primarySet": PRIMARY_SET, "sentinels": [sentinel.endpoint for sentinel in self._sentinels]}

    def _credentials(self, service: Service, password: pulumi.Output[str]) -> dict[str, Any]:
        endpoints = {"durable": self._durable, "evictable": self._endpoints[container_name("evictable")]}
        used = {role: endpoints[role] for role in ROLES if service_access(service, role)}
        login = {"username": service.name, "password": password} | used
        if self._sentinels and "durable" in used:
            login["sentinel"] = {"username": DISCOVERY, "password": self._passwords[DISCOVERY]}
        return login
