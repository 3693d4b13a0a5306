"""The object store has exactly the declared buckets.

What: each bucket is declared by a service or is the backup bucket, and each declared one is there.
Why: a bucket outside the declaration has no owner, quota or lifecycle that anybody reviewed.
Fix: empty and remove the stranger; `aqdata refresh` and `aqdata up` make a missing one.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.objects import StoredBucket, stored_buckets

SCOPE = stored_buckets
PLANES = ("live",)
SEVERITY = Severity.MEDIUM
CLAUSES = ("seed: files",)
BAD = "mc mb store/left-over"
GOOD = "mc version enable store/media-images"


def check(bucket: StoredBucket) -> Iterator[str]:
    if bucket.found is None:
        yield "the declared bucket is missing"
    elif bucket.declared is None:
        yield "nobody declares this bucket"
