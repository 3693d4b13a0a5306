"""Statements that change the schema are logged.

What: `log_statement` is ddl or mod or all.
Why: a policy dropped by hand leaves no other trace.
Fix: remove the override from the instance's `settings:`, and `ALTER SYSTEM RESET log_statement;` on the server.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.servers import ServerSettings, server_settings

SCOPE = server_settings
PLANES = ("plan", "live")
SEVERITY = Severity.MEDIUM
CLAUSES = (
    "CIS PostgreSQL 3.1.24",
    "PCI DSS 10.2.1",
)
BAD = "log_statement = none"
GOOD = "log_statement = mod"


def check(server: ServerSettings) -> Iterator[str]:
    yield from server.expect("log_statement", "ddl", "mod", "all")
