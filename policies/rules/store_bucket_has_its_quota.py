"""A bucket has the declared quota.

What: the hard quota of each bucket is the declared one, none where none is declared.
Why: a bucket without its quota can fill the disk under all others, the backups among them.
Fix: `aqdata refresh` and `aqdata up` set it again.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.objects import StoredBucket, declared_and_stored_buckets

SCOPE = declared_and_stored_buckets
PLANES = ("live",)
SEVERITY = Severity.MEDIUM
CLAUSES = ("seed: files",)
BAD = "mc quota clear store/media-images"
GOOD = "mc quota set store/media-images --size 53687091200"


def check(bucket: StoredBucket) -> Iterator[str]:
    if bucket.declared and bucket.found and (bucket.declared.quota or 0) != bucket.found.quota:
        yield f"the quota is {bucket.found.quota} bytes, expected {bucket.declared.quota or 0}"
