"""Every endpoint refuses TLS before 1.2.

What: a session with TLS 1.0 or 1.1 was tried at each endpoint, and failed.
Why: those versions are broken and forbidden for card data.
Fix: set the server's least protocol version to TLSv1.2.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.containers import Endpoint, endpoints

SCOPE = endpoints
PLANES = ("live",)
SEVERITY = Severity.HIGH
CLAUSES = ("PCI DSS 4.2.1", "CIS PostgreSQL 6.9")
BAD = "protocol: TLSv1.1"
GOOD = "protocol: TLSv1.2"


def check(endpoint: Endpoint) -> Iterator[str]:
    for version in endpoint.certificate.accepts_legacy:
        yield f"accepts {version}"
