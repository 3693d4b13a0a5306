"""One resource as the state knows it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from infra.engine.embedded import urn as urns
from infra.engine.values import Properties


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Custom timeouts in seconds; 0 leaves the provider's own."""

    create: float = 0
    update: float = 0
    delete: float = 0
    read: float = 0


NO_TIMEOUTS = Timeouts()


@dataclass(frozen=True, slots=True, eq=False)
class Resource:
    """A resource's last known state. Two objects are two resources, even with one URN: a replaced
    resource that still has to be deleted shares its URN with its successor.

    `extra` keeps members of the state file that the engine does not use, so that they survive a round trip.
    """

    urn: str
    type: str
    custom: bool
    id: str = ""
    inputs: Properties = field(default_factory=dict)
    outputs: Properties = field(default_factory=dict)
    parent: str = ""
    provider: str = ""
    protect: bool = False
    external: bool = False
    delete: bool = False
    taint: bool = False
    pending_replacement: bool = False
    retain_on_delete: bool = False
    deleted_with: str = ""
    dependencies: tuple[str, ...] = ()
    property_dependencies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    init_errors: tuple[str, ...] = ()
    additional_secret_outputs: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    timeouts: Timeouts = NO_TIMEOUTS
    ignore_changes: tuple[str, ...] = ()
    replace_on_changes: tuple[str, ...] = ()
    created: str = ""
    modified: str = ""
    source_position: str = ""
    extra: Mapping[str, object] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return urns.name_of(self.urn)

    @property
    def is_provider(self) -> bool:
        return urns.is_provider_type(self.type)

    @property
    def is_default_provider(self) -> bool:
        return urns.is_default_provider(self.urn)

    @property
    def is_stack(self) -> bool:
        return self.type == urns.STACK_TYPE

    @property
    def provider_urn(self) -> str:
        return urns.split_reference(self.provider)[0] if self.provider else ""

    def depends_on(self, *, parent: bool = True) -> Iterator[str]:
        """URNs of everything this resource needs to exist, its provider included."""
        if parent and self.parent:
            yield self.parent
        yield from self.dependencies
        for deps in self.property_dependencies.values():
            yield from deps
        if self.deleted_with:
            yield self.deleted_with
        if self.provider:
            yield self.provider_urn
