"""The audit trail covers reads, writes, DDL, roles and settings.

What: `pgaudit.log` has read, write, ddl, role and misc_set, or all, and takes none of them away.
Why: PCI DSS asks who did what to card data; a class that is not logged cannot be answered for.
Fix: remove the override from the instance's `settings:`, and `ALTER SYSTEM RESET pgaudit.log;` on the server.
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
BAD = "pgaudit.log = 'none'"
GOOD = "pgaudit.log = 'all'"


def check(server: ServerSettings) -> Iterator[str]:
    required = {"read", "write", "ddl", "role", "misc_set"}
    for value in server.values("pgaudit.log"):
        classes = {word.strip().lower() for word in value.split(",")}
        covered = required if "all" in classes else classes
        missing = required - covered | {word[1:] for word in classes if word.startswith("-")}
        if missing:
            yield f"pgaudit.log is '{value}' and lacks {', '.join(sorted(missing))}"
