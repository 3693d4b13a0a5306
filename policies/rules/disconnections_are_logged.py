"""Every end of a session is logged.

What: `log_disconnections` is on.
Why: without it nobody knows how long a session lasted.
Fix: remove the override from the instance's `settings:`, and `ALTER SYSTEM RESET log_disconnections;` on the
    server.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.servers import ServerSettings, server_settings

SCOPE = server_settings
PLANES = ("plan", "live")
SEVERITY = Severity.LOW
CLAUSES = (
    "CIS PostgreSQL 3.1.21",
    "PCI DSS 10.2.1",
)
BAD = "log_disconnections = off"
GOOD = "log_disconnections = on"


def check(server: ServerSettings) -> Iterator[str]:
    yield from server.expect("log_disconnections", "on")
