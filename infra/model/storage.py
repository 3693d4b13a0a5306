"""What a service keeps in Redis and in the object store, and the nodes of the latter."""

from dataclasses import dataclass
from typing import Literal

from pydantic import model_validator

from infra.model.cache import Role
from infra.model.declaration import Declaration
from infra.model.limits import Limits, Port
from infra.model.quantity import Bytes, Seconds


class CacheEntry(Declaration):
    """One kind of key, `aqstream:{service}:{entity}:{id}` or, as a list, `...:list:{params_hash}`.

    `evictable` is false for what must survive memory pressure, such as sessions and rate limits.
    `tenant_scoped`: the value carries `tenant_id`, and whoever reads it compares that with its own tenant.
    """

    about: str
    ttl: Seconds
    list: bool = False
    evictable: bool = True
    tenant_scoped: bool = False
    invalidated_by: str = "expiry"

    @property
    def role(self) -> Role:
        """Which of the stack's two cache servers holds it."""
        return "evictable" if self.evictable else "durable"


class Bucket(Declaration):
    """One bucket; objects of a tenant lie under `{tenant_id}/`.

    `encrypted`: the store encrypts each object with a key of its own, sealed by the stack's key.
    """

    about: str
    public_read: bool = False
    versioned: bool = False
    noncurrent_expiry: Seconds | None = None
    quota: Bytes | None = None
    encrypted: bool = False

    @model_validator(mode="after")
    def _expiry_is_whole_days_of_versions(self) -> "Bucket":
        if self.noncurrent_expiry is not None and not self.versioned:
            raise ValueError("'noncurrentExpiry' needs 'versioned: true'")
        if self.noncurrent_expiry is not None and (self.noncurrent_expiry % 86400 or not self.noncurrent_expiry):
            raise ValueError("'noncurrentExpiry' is counted in days by S3; expected such as 30d")
        return self

    @property
    def noncurrent_days(self) -> int | None:
        """How long a replaced or deleted version is kept."""
        return self.noncurrent_expiry // 86400 if self.noncurrent_expiry is not None else None


STORE = "minio"
"""The store's name on its networks, which leads to any node that runs, and the first node's own."""


@dataclass(frozen=True, slots=True)
class StoreNode:
    """One process of the store with one drive."""

    position: int
    port: int

    @property
    def name(self) -> str:
        """Its short physical name: `minio`, `minio-2`."""
        return STORE if not self.position else f"{STORE}-{self.position + 1}"


class ObjectStore(Declaration):
    """The S3-compatible store; `backups` is the bucket of that name, a folder in it per instance.

    `nodes: 4` spreads every object over four nodes with a drive each, of which any one may be lost; the other three
    are published on `node_ports`. A store cannot change its number of nodes: its objects would have to be copied.
    """

    port: Port
    limits: Limits
    backups: Bucket
    nodes: Literal[1, 4] = 1
    node_ports: tuple[Port, ...] = ()

    @property
    def is_distributed(self) -> bool:
        """Whether it outlives one of its nodes."""
        return self.nodes > 1

    @property
    def every_node(self) -> tuple[StoreNode, ...]:
        """The store's processes."""
        published = (self.port, *self.node_ports)[: self.nodes]
        return tuple(StoreNode(position, port) for position, port in enumerate(published))

    @model_validator(mode="after")
    def _nodes_are_published(self) -> "ObjectStore":
        if len(self.every_node) < self.nodes:
            raise ValueError(f"'nodes: {self.nodes}' needs {self.nodes - 1} 'nodePorts', got {len(self.node_ports)}")
        return self
