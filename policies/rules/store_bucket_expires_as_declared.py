"""A bucket expires what it is declared to and nothing else.

What: old versions go after the declared days with their delete markers; no rule expires or moves current objects.
Why: one lifecycle rule on the backup bucket quietly deletes the backups that pgBackRest still counts on.
Fix: `aqdata refresh` and `aqdata up` set the declared lifecycle again; look in the versions for what is gone.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.objects import StoredBucket, declared_and_stored_buckets

SCOPE = declared_and_stored_buckets
PLANES = ("live",)
SEVERITY = Severity.HIGH
CLAUSES = ("backups: MinIO",)
BAD = "mc ilm rule add --expire-days 14 store/backups"
GOOD = "mc ilm rule add --noncurrent-expire-days 7 store/backups"


def check(bucket: StoredBucket) -> Iterator[str]:
    if bucket.declared is None or bucket.found is None:
        return
    for rule in bucket.found.lifecycle:
        where = f" below {rule.prefix}" if rule.prefix else ""
        if rule.current_days is not None:
            yield f"objects{where} expire after {rule.current_days} days"
        for other in rule.other:
            yield f"a rule{where} {other}"
    days = sorted({rule.noncurrent_days for rule in bucket.found.lifecycle if rule.noncurrent_days is not None})
    expected = [] if bucket.declared.noncurrent_days is None else [bucket.declared.noncurrent_days]
    if days != expected:
        yield f"old versions expire after {days or 'no'} days, expected {expected or 'never'}"
