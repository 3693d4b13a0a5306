"""TLS uses strong ciphers only.

What: `ssl_ciphers` excludes unauthenticated, null, export, RC4, DES, 3DES and MD5 ciphers.
Why: a client that offers a weak cipher must not get it.
Fix: remove the override from the instance's `settings:`, and `ALTER SYSTEM RESET ssl_ciphers;` on the server.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.servers import ServerSettings, server_settings

SCOPE = server_settings
PLANES = ("plan", "live")
SEVERITY = Severity.MEDIUM
CLAUSES = (
    "CIS PostgreSQL 6.10",
    "PCI DSS 4.2.1",
)
BAD = "ssl_ciphers = 'ALL'"
GOOD = "ssl_ciphers = 'HIGH:!aNULL'"


def check(server: ServerSettings) -> Iterator[str]:
    for value in server.values("ssl_ciphers"):
        parts = value.upper().split(":")
        is_strong = bool(parts) and all(
            part.startswith(("HIGH", "!", "ECDHE", "EECDH", "TLS_", "+", "@")) for part in parts
        )
        if not is_strong or ("HIGH" in parts and "!ANULL" not in parts):
            yield f"ssl_ciphers is '{value}'"
