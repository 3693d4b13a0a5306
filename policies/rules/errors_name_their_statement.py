"""Failed statements are logged.

What: `log_min_error_statement` is error or warning or notice or info or log.
Why: an attack shows as a series of refused statements.
Fix: remove the override from the instance's `settings:`, and `ALTER SYSTEM RESET log_min_error_statement;` on the
    server.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.servers import ServerSettings, server_settings

SCOPE = server_settings
PLANES = ("plan", "live")
SEVERITY = Severity.LOW
CLAUSES = (
    "CIS PostgreSQL 3.1.15",
    "PCI DSS 10.2.1",
)
BAD = "log_min_error_statement = panic"
GOOD = "log_min_error_statement = warning"


def check(server: ServerSettings) -> Iterator[str]:
    yield from server.expect("log_min_error_statement", "error", "warning", "notice", "info", "log")
