"""Passwords are stored as SCRAM verifiers.

What: `password_encryption` is scram-sha-256.
Why: an md5 verifier is as good as the password to whoever reads it.
Fix: remove the override from the instance's `settings:`, and `ALTER SYSTEM RESET password_encryption;` on the
    server.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.servers import ServerSettings, server_settings

SCOPE = server_settings
PLANES = ("plan", "live")
SEVERITY = Severity.CRITICAL
CLAUSES = (
    "CIS PostgreSQL 5",
    "PCI DSS 8.3.2",
)
BAD = "password_encryption = md5"
GOOD = "password_encryption = scram-sha-256"


def check(server: ServerSettings) -> Iterator[str]:
    yield from server.expect("password_encryption", "scram-sha-256")
