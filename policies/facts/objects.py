"""The object store: buckets, users and their policies, as any S3 store with MinIO's administration has them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from policies.facts.storage_probe import StorageProbe


@dataclass(frozen=True, slots=True)
class LifecycleRule:
    """One enabled lifecycle rule; days are None where it sets none."""

    prefix: str = ""
    current_days: int | None = None
    noncurrent_days: int | None = None
    removes_markers: bool = False
    other: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BucketFacts:
    """One bucket; `quota` in bytes, 0 for none; `policy` the anonymous policy's document.

    `is_anonymous_readable`: an unsigned request got further than a refusal; None where that could not be tried.
    """

    name: str
    is_versioned: bool = False
    lifecycle: tuple[LifecycleRule, ...] = ()
    policy: Mapping[str, Any] | None = None
    is_encrypted: bool = False
    quota: int = 0
    is_anonymous_readable: bool | None = None
    is_anonymous_listable: bool | None = None


@dataclass(frozen=True, slots=True)
class ObjectUser:
    """A user of the store with the names of its attached policies."""

    name: str
    policies: tuple[str, ...] = ()
    is_enabled: bool = True


@dataclass(frozen=True, slots=True)
class Drive:
    """One node's drive: `ok`, `offline`, ...; one that is healing takes over what it missed."""

    node: str
    state: str
    is_healing: bool = False


@dataclass(frozen=True)
class ObjectStoreFacts:
    """The store as the verifier sees it, and how it answered strangers.

    `policies` maps the name of each attached policy to its document. None means that the attempt could not be made.
    `drives` are those of a distributed store.
    """

    endpoint: str
    drives: tuple[Drive, ...] = ()
    buckets: tuple[BucketFacts, ...] = ()
    users: tuple[ObjectUser, ...] = ()
    policies: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    accepts_plaintext: bool | None = None
    accepts_wrong_password: bool | None = None
    accepts_root: bool | None = None
    shows_metrics: bool | None = None
    probes: tuple[StorageProbe, ...] | None = ()
    """None where nothing may be written."""
