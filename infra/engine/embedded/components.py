"""What parents pass on to their children: protection, retention, and the providers of a component."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from infra.engine.embedded import urn as urns


@dataclass(frozen=True, slots=True)
class _Legacy:
    protect: bool | None = None
    retain_on_delete: bool | None = None
    deleted_with: str = ""
    provider: str = ""
    providers: Mapping[str, str] = field(default_factory=dict)


_NOTHING = _Legacy()


@dataclass(slots=True)
class Family:
    """Options of the resources registered so far, by URN; safe to use from several threads."""

    _known: dict[str, _Legacy] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def inherit(self, request: Any) -> None:
        """Fill what a registration leaves open from its parent, as the Pulumi CLI does."""
        parent = self._of(request.parent)
        if not request.HasField("protect") and parent.protect is not None:
            request.protect = parent.protect
        if not request.HasField("retainOnDelete") and parent.retain_on_delete is not None:
            request.retainOnDelete = parent.retain_on_delete
        request.deletedWith = request.deletedWith or parent.deleted_with
        if not request.provider and not request.custom:
            request.provider = parent.provider

    def provider(self, package: str, *, explicit: str, passed: Mapping[str, str], parent: str) -> str:
        """The reference of the provider a resource uses; empty when it has to be the default one."""
        legacy = self._of(parent)
        inherited = legacy.provider if legacy.provider and _provides(legacy.provider, package) else ""
        return explicit or passed.get(package, "") or inherited or legacy.providers.get(package, "")

    def remember(self, urn: str, request: Any) -> None:
        """Note the options of a registered resource for its children."""
        parent = self._of(request.parent)
        legacy = _Legacy(
            protect=request.protect if request.HasField("protect") else None,
            retain_on_delete=request.retainOnDelete if request.HasField("retainOnDelete") else None,
            deleted_with=request.deletedWith,
            provider=request.provider,
            providers={} if request.custom else {**parent.providers, **request.providers},
        )
        with self._lock:
            self._known[urn] = legacy

    def _of(self, urn: str) -> _Legacy:
        with self._lock:
            return self._known.get(urn, _NOTHING)


def _provides(reference: str, package: str) -> bool:
    return urns.package_of(urns.type_of(urns.split_reference(reference)[0])) == package
