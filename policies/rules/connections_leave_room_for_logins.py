"""max_connections covers every login's limit.

What: `max_connections` less the reserved ones is at least the least that the declared logins need, and at most
    1,000.
Why: a server that runs out of connections refuses its own health check and its verifier.
Fix: remove the override from the instance's `settings:`, and `ALTER SYSTEM RESET max_connections;` on the server.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.servers import ServerSettings, server_settings

SCOPE = server_settings
PLANES = ("plan", "live")
SEVERITY = Severity.LOW
CLAUSES = ("CIS PostgreSQL 6",)
BAD = "max_connections = 20"
GOOD = "max_connections = 300"


def check(server: ServerSettings) -> Iterator[str]:
    usable = server.number("max_connections") - server.number("superuser_reserved_connections")
    if not 50 <= usable <= 1000:
        yield f"{usable:.0f} connections are usable, expected 50 to 1000"
