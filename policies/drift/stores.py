"""The declared buckets and users of the object store beside the running ones."""

from collections.abc import Iterator

from infra.model.storage import Bucket
from policies.drift.difference import Aspect, Difference, differences
from policies.facts.facts import Facts
from policies.facts.objects import BucketFacts
from policies.scopes.objects import StoredBucket, StoreUser, store_users, stored_buckets


def stores(live: Facts, stack: str) -> Iterator[Difference]:
    """Buckets with their versioning, lifecycle, encryption, quota and anonymous access; users with their policies."""
    mend = f"aqdata up --stack {stack} --refresh"
    for bucket in stored_buckets.subjects(live):
        yield from _bucket(bucket, mend)
    for user in store_users.subjects(live):
        yield from _user(user, mend)


def _bucket(bucket: StoredBucket, mend: str) -> Iterator[Difference]:
    where = f"{bucket.address} "
    if bucket.declared is None:
        yield Difference(
            f"{where}bucket", "buckets", "nothing", "a bucket", f"mc rb store/{bucket.name}, when it is empty"
        )
    else:
        found = _found(bucket.found) if bucket.found else {}
        yield from differences(where, "buckets", _declared(bucket.declared), found, mend)


def _declared(bucket: Bucket) -> Aspect:
    return {
        "versioning": bucket.versioned,
        "lifecycle": frozenset(
            [] if bucket.noncurrent_days is None else [f"old versions: {bucket.noncurrent_days} days"]
        ),
        "encryption": bucket.encrypted,
        "quota": bucket.quota or 0,
        "anonymous reading": bucket.public_read,
    }


def _found(bucket: BucketFacts) -> Aspect:
    old = {rule.noncurrent_days for rule in bucket.lifecycle if rule.noncurrent_days is not None}
    current = {rule.current_days for rule in bucket.lifecycle if rule.current_days is not None}
    rules = [f"old versions: {days} days" for days in old] + [f"objects: {days} days" for days in current]
    return {
        "versioning": bucket.is_versioned,
        "lifecycle": frozenset([*rules, *(other for rule in bucket.lifecycle for other in rule.other)]),
        "encryption": bucket.is_encrypted,
        "quota": bucket.quota,
        "anonymous reading": bool(bucket.policy),
    }


def _user(user: StoreUser, mend: str) -> Iterator[Difference]:
    where = f"{user.address} "
    if not user.is_declared:
        strange = f"mc admin user remove store {user.name}"
        yield Difference(f"{where}user", "store users", "nothing", "a user", strange)
        return
    declared = {"enabled": True, "policies": frozenset({user.name})}
    found: Aspect = {}
    if user.found:
        found = {"enabled": user.found.is_enabled, "policies": frozenset(user.found.policies)}
    yield from differences(where, "store users", declared, found, mend)
