"""Only known libraries are loaded into the server.

What: `shared_preload_libraries`, `session_preload_libraries` and `local_preload_libraries` name timescaledb,
    pgaudit and pg_stat_statements at most.
Why: a preloaded library runs inside every process of the server.
Fix: remove the override from the instance's `settings:`, and `ALTER SYSTEM RESET session_preload_libraries;` on the
    server.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.servers import ServerSettings, server_settings

SCOPE = server_settings
PLANES = ("plan", "live")
SEVERITY = Severity.HIGH
CLAUSES = (
    "CIS PostgreSQL 1.5",
    "PCI DSS 2.2.4",
)
BAD = "session_preload_libraries = 'auto_explain'"
GOOD = "session_preload_libraries = ''"


def check(server: ServerSettings) -> Iterator[str]:
    known = {"timescaledb", "pgaudit", "pg_stat_statements"}
    for name in ("shared_preload_libraries", "session_preload_libraries", "local_preload_libraries"):
        if server.catalog.setting(name):
            for library in sorted(set().union(*server.lists(name)) - known):
                yield f"{name} loads {library}"
