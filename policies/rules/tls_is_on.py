"""The server speaks TLS.

What: `ssl` is on.
Why: without it passwords' proofs and rows cross the network in the clear.
Fix: remove the override from the instance's `settings:`, and `ALTER SYSTEM RESET ssl;` on the server.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.servers import ServerSettings, server_settings

SCOPE = server_settings
PLANES = ("plan", "live")
SEVERITY = Severity.CRITICAL
CLAUSES = (
    "CIS PostgreSQL 6.8",
    "PCI DSS 4.2.1",
)
BAD = "ssl = off"
GOOD = "ssl = on"


def check(server: ServerSettings) -> Iterator[str]:
    yield from server.expect("ssl", "on")
