"""TLS is version 1.2 or later.

What: `ssl_min_protocol_version` is TLSv1.2 or TLSv1.3.
Why: earlier versions are broken and forbidden for card data.
Fix: remove the override from the instance's `settings:`, and `ALTER SYSTEM RESET ssl_min_protocol_version;` on the
    server.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.servers import ServerSettings, server_settings

SCOPE = server_settings
PLANES = ("plan", "live")
SEVERITY = Severity.HIGH
CLAUSES = (
    "CIS PostgreSQL 6.9",
    "PCI DSS 4.2.1",
)
BAD = "ssl_min_protocol_version = 'TLSv1'"
GOOD = "ssl_min_protocol_version = 'TLSv1.3'"


def check(server: ServerSettings) -> Iterator[str]:
    yield from server.expect("ssl_min_protocol_version", "TLSv1.2", "TLSv1.3")
