"""The object store, its buckets and its users, beside what is declared about them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from infra.model.object_access import METRICS, PROVISIONER, VERIFIER, StoreAccess, declared_buckets, store_accesses
from infra.model.storage import Bucket
from policies.facts.facts import Facts
from policies.facts.objects import BucketFacts, ObjectStoreFacts, ObjectUser
from policies.facts.storage_probe import StorageProbe
from policies.rule import NotApplicable, Scope

SYSTEM_USERS = (PROVISIONER, VERIFIER, METRICS)


@dataclass(frozen=True)
class ObjectStore:
    """The store as a whole; `nodes` as the stack declares them."""

    facts: ObjectStoreFacts
    nodes: int = 1

    @property
    def address(self) -> str:
        """Its short name."""
        return "minio"


@dataclass(frozen=True)
class StoredBucket:
    """A bucket that is declared, or there, or both."""

    name: str
    declared: Bucket | None
    found: BucketFacts | None

    @property
    def address(self) -> str:
        """`minio/media-images`."""
        return f"minio/{self.name}"


@dataclass(frozen=True)
class StoreUser:
    """A user that is declared, or there, or both; `access` where it owns folders."""

    name: str
    is_declared: bool
    access: StoreAccess | None
    found: ObjectUser | None
    policies: Mapping[str, Mapping[str, Any]]
    tried: tuple[StorageProbe, ...] | None

    @property
    def address(self) -> str:
        """`minio/media_service`."""
        return f"minio/{self.name}"

    @property
    def probes(self) -> tuple[StorageProbe, ...]:
        """What was tried with this login. Raises NotApplicable where nothing may be written."""
        if self.tried is None:
            raise NotApplicable("nothing was tried: that would write")
        return tuple(probe for probe in self.tried if probe.login == self.name)

    @property
    def statements(self) -> list[Mapping[str, Any]]:
        """Every statement of every policy that is attached to it."""
        attached = self.found.policies if self.found else ()
        return [statement for name in attached for statement in self.policies[name]["Statement"]]


def _stores(facts: Facts) -> Iterator[ObjectStore]:
    if facts.objects is not None:
        yield ObjectStore(facts.objects, facts.intent.stack.object_store.nodes)


def _distributed(facts: Facts) -> Iterator[ObjectStore]:
    return (store for store in _stores(facts) if store.nodes > 1)


def _buckets(facts: Facts) -> Iterator[StoredBucket]:
    if facts.objects is None:
        return
    declared = declared_buckets(facts.intent)
    found = {bucket.name: bucket for bucket in facts.objects.buckets}
    for name in sorted({*declared, *found}):
        yield StoredBucket(name, declared.get(name), found.get(name))


def _declared_buckets(facts: Facts) -> Iterator[StoredBucket]:
    return (bucket for bucket in _buckets(facts) if bucket.declared and bucket.found)


def _users(facts: Facts) -> Iterator[StoreUser]:
    if facts.objects is None:
        return
    owners = {access.login: access for access in store_accesses(facts.intent)}
    found = {user.name: user for user in facts.objects.users}
    for name in sorted({*owners, *SYSTEM_USERS, *found}):
        is_declared = name in owners or name in SYSTEM_USERS
        yield StoreUser(
            name, is_declared, owners.get(name), found.get(name), facts.objects.policies, facts.objects.probes
        )


def _owners(facts: Facts) -> Iterator[StoreUser]:
    return (user for user in _users(facts) if user.access and user.found)


object_stores = Scope("object stores", "objects", _stores)
distributed_stores = Scope("distributed object stores", "objects", _distributed)
stored_buckets = Scope("buckets", "objects", _buckets)
declared_and_stored_buckets = Scope("declared buckets", "objects", _declared_buckets)
store_users = Scope("users of the object store", "objects", _users)
store_owners = Scope("owners of folders in the object store", "objects", _owners)
