"""Every endpoint presents a certificate of the stack's authority.

What: the certificate verifies against the stack's authority for the address that clients use.
Why: otherwise clients must switch verification off, and whoever is in between reads along.
Fix: `aqdata up --stack <stack>` issues it again.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.containers import Endpoint, endpoints

SCOPE = endpoints
PLANES = ("live",)
SEVERITY = Severity.CRITICAL
CLAUSES = ("PCI DSS 4.2.1", "CIS PostgreSQL 6.8")
BAD = "authority: other"
GOOD = "authority: own"


def check(endpoint: Endpoint) -> Iterator[str]:
    if not endpoint.certificate.is_trusted:
        yield f"is not trusted: {endpoint.certificate.problem}"
