"""Every connection is logged.

What: `log_connections` is on.
Why: who came in, when and from where is the first question after an incident.
Fix: remove the override from the instance's `settings:`, and `ALTER SYSTEM RESET log_connections;` on the server.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.servers import ServerSettings, server_settings

SCOPE = server_settings
PLANES = ("plan", "live")
SEVERITY = Severity.MEDIUM
CLAUSES = (
    "CIS PostgreSQL 3.1.20",
    "PCI DSS 10.2.1",
)
BAD = "log_connections = off"
GOOD = "log_connections = on"


def check(server: ServerSettings) -> Iterator[str]:
    yield from server.expect("log_connections", "on")
