"""Every log line names time, process, user, database and host.

What: `log_line_prefix` has %m or %t, %p, %u, %d and %h or %r.
Why: a line without them cannot be attributed to anybody.
Fix: remove the override from the instance's `settings:`, and `ALTER SYSTEM RESET log_line_prefix;` on the server.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.servers import ServerSettings, server_settings

SCOPE = server_settings
PLANES = ("plan", "live")
SEVERITY = Severity.LOW
CLAUSES = (
    "CIS PostgreSQL 3.1.22",
    "PCI DSS 10.2.2",
)
BAD = "log_line_prefix = '%p '"
GOOD = "log_line_prefix = '%t [%p] %u@%d %r '"


def check(server: ServerSettings) -> Iterator[str]:
    groups = (("%m", "%t", "%n"), ("%p", "%c"), ("%u",), ("%d",), ("%h", "%r"))
    for value in server.values("log_line_prefix"):
        for group in groups:
            if not any(escape in value for escape in group):
                yield f"log_line_prefix '{value}' lacks {' or '.join(group)}"
