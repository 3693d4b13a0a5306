"""The audited instance loads pgaudit.

What: `shared_preload_libraries` has pgaudit where the instance declares `audit: true`.
Why: without the library its settings are accepted and nothing is audited.
Fix: declare `audit: true` and restart the instance.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.servers import ServerSettings, audited_settings

SCOPE = audited_settings
PLANES = ("plan", "live")
SEVERITY = Severity.CRITICAL
CLAUSES = (
    "PCI DSS 10.2",
    "CIS PostgreSQL 3.2",
)
BAD = "shared_preload_libraries = 'pg_stat_statements'"
GOOD = "shared_preload_libraries = 'pgaudit, pg_stat_statements'"


def check(server: ServerSettings) -> Iterator[str]:
    for libraries in server.lists("shared_preload_libraries"):
        if "pgaudit" not in libraries:
            yield "shared_preload_libraries does not have pgaudit"
