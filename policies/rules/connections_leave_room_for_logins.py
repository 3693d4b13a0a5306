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
    reserved = max(server.numbers("superuser_reserved_connections"))
    for connections in server.numbers("max_connections"):
        if not 50 <= connections - reserved <= 1000:
            yield f"{connections - reserved:.0f} connections are usable, expected 50 to 1000"
