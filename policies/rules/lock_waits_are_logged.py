"""Long waits for locks are logged.

What: `log_lock_waits` is on.
Why: they are the first sign of a migration that blocks the application.
Fix: remove the override from the instance's `settings:`, and `ALTER SYSTEM RESET log_lock_waits;` on the server.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.servers import ServerSettings, server_settings

SCOPE = server_settings
PLANES = ("plan", "live")
SEVERITY = Severity.LOW
CLAUSES = ("CIS PostgreSQL 3.1",)
BAD = "log_lock_waits = off"
GOOD = "log_lock_waits = on"


def check(server: ServerSettings) -> Iterator[str]:
    yield from server.expect("log_lock_waits", "on")
