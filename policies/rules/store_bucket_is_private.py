"""Nobody reads a bucket without a key, except one declared public.

What: a bucket has no anonymous policy, and unsigned requests to fetch and to list are refused; one with
    `publicRead: true` lets anybody fetch and nobody list.
Why: tickets and documents in a public bucket are a breach that no login shows.
Fix: `aqdata refresh` and `aqdata up` set the declared access again.
"""

from collections.abc import Iterator

from policies.rule import Severity, Unknown
from policies.scopes.objects import StoredBucket, stored_buckets

SCOPE = stored_buckets
PLANES = ("live",)
SEVERITY = Severity.CRITICAL
CLAUSES = ("PCI DSS 1.3", "seed: files")
BAD = "mc anonymous set download store/media-documents"
GOOD = "mc anonymous set none store/media-documents"


def check(bucket: StoredBucket) -> Iterator[str]:
    found = bucket.found
    if found is None:
        return
    is_public = bucket.declared is not None and bucket.declared.public_read
    if found.is_anonymous_readable is None or found.is_anonymous_listable is None:
        raise Unknown("unsigned requests could not be made")
    if found.is_anonymous_readable and not is_public:
        yield "anybody may fetch its objects"
    if found.is_anonymous_listable:
        yield "anybody may list its objects"
    for statement in (found.policy or {}).get("Statement", []):
        actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        beyond = set(actions) - ({"s3:GetObject"} if is_public else set())
        if statement["Effect"] == "Allow" and beyond:
            yield f"the anonymous policy allows {', '.join(sorted(beyond))}"
