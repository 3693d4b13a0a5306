"""The object store: buckets, users and their policies, as any S3 store with MinIO's administration has them."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class BucketFacts:
    """One bucket; expiries in days, None where no rule sets one; `policy` the anonymous policy as JSON text."""

    name: str
    is_versioned: bool = False
    noncurrent_expiry_days: int | None = None
    current_expiry_days: int | None = None
    policy: str | None = None
    is_encrypted: bool = False
    quota: int | None = None
    is_anonymous_readable: bool | None = None


@dataclass(frozen=True, slots=True)
class ObjectUser:
    """A user of the store with the names of its attached policies."""

    name: str
    policies: tuple[str, ...] = ()
    is_enabled: bool = True


@dataclass(frozen=True)
class ObjectStoreFacts:
    """The store as an administrator sees it, and how it answered strangers.

    `policies` maps a policy's name to its JSON document; `crossings` maps a service to what it could reach
    beyond its own buckets when that was tried. None means that the attempt could not be made.
    """

    endpoint: str
    buckets: tuple[BucketFacts, ...] = ()
    users: tuple[ObjectUser, ...] = ()
    policies: Mapping[str, str] = field(default_factory=dict)
    accepts_plaintext: bool | None = None
    accepts_anonymous: bool | None = None
    accepts_wrong_password: bool | None = None
    answers_service: Mapping[str, bool] = field(default_factory=dict)
    crossings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
