"""The server applies policies silently.

What: `row_security` is on.
Why: with off every filtered query fails, which somebody then repairs with BYPASSRLS.
Fix: remove the override from the instance's `settings:`, and `ALTER SYSTEM RESET row_security;` on the server.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.servers import ServerSettings, server_settings

SCOPE = server_settings
PLANES = ("plan", "live")
SEVERITY = Severity.MEDIUM
CLAUSES = ("isolation 21",)
BAD = "row_security = off"
GOOD = "row_security = on"


def check(server: ServerSettings) -> Iterator[str]:
    yield from server.expect("row_security", "on")
