"""The object store serves nobody without TLS and the right key.

What: plain HTTP and a wrong secret are refused, and the metrics are not shown to everybody.
Why: keys and documents cross the network in the clear otherwise; metrics tell names and sizes of buckets.
Fix: certificates under /etc/aqstream/certs and `MINIO_PROMETHEUS_AUTH_TYPE` unset; `aqdata up` writes both.
"""

from collections.abc import Iterator

from policies.rule import Severity, Unknown
from policies.scopes.objects import ObjectStore, object_stores

SCOPE = object_stores
PLANES = ("live",)
SEVERITY = Severity.CRITICAL
CLAUSES = ("PCI DSS 4.2.1", "PCI DSS 8.3")
BAD = "facts accepts_plaintext true"
GOOD = "facts accepts_plaintext false"


def check(store: ObjectStore) -> Iterator[str]:
    attempts = {
        "a request without TLS": store.facts.accepts_plaintext,
        "a wrong secret": store.facts.accepts_wrong_password,
        "a request for metrics without a token": store.facts.shows_metrics,
    }
    for attempt, accepted in attempts.items():
        if accepted is None:
            raise Unknown(f"{attempt} could not be tried")
        if accepted:
            yield f"{store.facts.endpoint} serves {attempt}"
