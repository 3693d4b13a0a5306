"""Looks, through the providers, for what interrupted operations left behind."""

from __future__ import annotations

from dataclasses import dataclass, replace

from infra.engine.embedded import recovery
from infra.engine.embedded.client import Client
from infra.engine.embedded.deployment import Deployment, Operation, OperationType
from infra.engine.embedded.providers import Providers
from infra.engine.embedded.recovery import Evidence
from infra.engine.embedded.resource import Resource


@dataclass(frozen=True)
class Search:
    """A search in the world of `providers`, for one state."""

    providers: Providers
    base: Deployment

    def look(self, operation: Operation) -> Evidence:
        """What there is of a pending operation. Raises ResourceError where looking fails."""
        resource = operation.resource
        if not resource.custom or resource.is_provider:
            return Evidence(operation, looked=False)
        client = self.providers.client(resource.provider)
        if operation.type is OperationType.CREATING:
            return self._look_for_new(operation, client)
        known = recovery.touched(self.base, operation)
        return Evidence(operation, looked=False) if known is None else _seen(operation, client, known)

    def _look_for_new(self, operation: Operation, client: Client) -> Evidence:
        """Look for what a create left behind; a resource that the state knows is not that."""
        if not client.can_adopt:
            return Evidence(operation, looked=False)
        resource = operation.resource
        resource_id = client.adopt(resource)
        known = any(each.urn == resource.urn and each.id == resource_id for each in self.base.resources)
        if not resource_id or known:
            return Evidence(operation, looked=True)
        return _seen(operation, client, replace(resource, id=resource_id))


def _seen(operation: Operation, client: Client, resource: Resource) -> Evidence:
    found = client.read(resource)
    return Evidence(operation, looked=True, found=found if found.id else None)
