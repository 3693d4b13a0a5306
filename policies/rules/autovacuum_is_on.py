"""Autovacuum runs.

What: `autovacuum` is on.
Why: without it tables bloat until transaction ids wrap round and the server refuses writes.
Fix: remove the override from the instance's `settings:`, and `ALTER SYSTEM RESET autovacuum;` on the server.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.servers import ServerSettings, server_settings

SCOPE = server_settings
PLANES = ("plan", "live")
SEVERITY = Severity.HIGH
CLAUSES = ("CIS PostgreSQL 6",)
BAD = "autovacuum = off"
GOOD = "autovacuum = on"


def check(server: ServerSettings) -> Iterator[str]:
    yield from server.expect("autovacuum", "on")
