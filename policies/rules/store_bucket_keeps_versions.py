"""A bucket keeps versions where it is declared to.

What: versioning is enabled exactly on the buckets with `versioned: true`.
Why: without versions an overwrite or a deletion is final, by mistake or by whoever stole a service's key.
Fix: `aqdata refresh` and `aqdata up` enable it again.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.objects import StoredBucket, declared_and_stored_buckets

SCOPE = declared_and_stored_buckets
PLANES = ("live",)
SEVERITY = Severity.HIGH
CLAUSES = ("backups: MinIO",)
BAD = "mc version suspend store/media-images"
GOOD = "mc version enable store/media-images"


def check(bucket: StoredBucket) -> Iterator[str]:
    if bucket.declared and bucket.found and bucket.declared.versioned != bucket.found.is_versioned:
        yield f"versioning is {'on' if bucket.found.is_versioned else 'off'}, declared is the opposite"
