"""A bucket encrypts what it is declared to.

What: default encryption is on for exactly the buckets with `encrypted: true`.
Why: documents on a disk that is copied, sold or backed up are readable otherwise.
Fix: `aqdata refresh` and `aqdata up` set it again; objects written meanwhile have to be written anew.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.objects import StoredBucket, declared_and_stored_buckets

SCOPE = declared_and_stored_buckets
PLANES = ("live",)
SEVERITY = Severity.HIGH
CLAUSES = ("PCI DSS 3.5",)
BAD = "mc encrypt clear store/media-documents"
GOOD = "mc encrypt set sse-s3 store/media-documents"


def check(bucket: StoredBucket) -> Iterator[str]:
    if bucket.declared and bucket.found and bucket.declared.encrypted != bucket.found.is_encrypted:
        yield f"encryption is {'on' if bucket.found.is_encrypted else 'off'}, declared is the opposite"
