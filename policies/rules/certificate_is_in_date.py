"""Every certificate is valid for a while yet, and not for too long.

What: more days are left than `renewBefore`, and the whole validity is no longer than declared.
Why: an expired certificate stops every service at once; one for many years outlives its key's secrecy.
Fix: `aqdata up --stack <stack>` renews what is due.
"""

from collections.abc import Iterator
from datetime import timedelta

from policies.rule import Severity
from policies.scopes.containers import Endpoint, endpoints

SCOPE = endpoints
PLANES = ("live",)
SEVERITY = Severity.HIGH
CLAUSES = ("PCI DSS 4.2.1",)
BAD = "days: 5"
GOOD = "days: 200"


def check(endpoint: Endpoint) -> Iterator[str]:
    certificate, declared = endpoint.certificate, endpoint.stack.certificates
    left = certificate.not_after - certificate.seen_at
    if left < timedelta(seconds=min(declared.renew_before, declared.validity // 2)):
        yield f"expires in {left.days} days, on {certificate.not_after:%Y-%m-%d}"
    if certificate.not_after - certificate.not_before > timedelta(seconds=declared.validity, days=2):
        yield f"is valid for {(certificate.not_after - certificate.not_before).days} days"
    if certificate.not_before > certificate.seen_at:
        yield f"is valid from {certificate.not_before:%Y-%m-%d} only"
