"""What a service keeps in Redis and in the object store."""

from pydantic import model_validator

from infra.model.cache import Role
from infra.model.declaration import Declaration
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
