"""What a service keeps in Redis and in the object store."""

from pydantic import model_validator

from infra.model.declaration import Declaration
from infra.model.quantity import Bytes, Seconds


class CacheEntry(Declaration):
    """One kind of key, `aqstream:{service}:{entity}:{id}` or, as a list, `...:list:{params_hash}`.

    `evictable` is false for what must survive memory pressure, such as sessions and rate limits.
    """

    about: str
    ttl: Seconds
    list: bool = False
    evictable: bool = True
    invalidated_by: str = "expiry"


class Bucket(Declaration):
    """One bucket of a service; objects of a tenant lie under `{tenant_id}/`."""

    about: str
    public_read: bool = False
    versioned: bool = False
    noncurrent_expiry: Seconds | None = None
    quota: Bytes | None = None

    @model_validator(mode="after")
    def _expiry_needs_versions(self) -> "Bucket":
        if self.noncurrent_expiry is not None and not self.versioned:
            raise ValueError("'noncurrentExpiry' needs 'versioned: true'")
        return self
