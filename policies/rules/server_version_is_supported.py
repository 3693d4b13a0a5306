"""The server runs a supported, patched release.

What: PostgreSQL is of major version 17, at minor 6 or later.
Why: 17.6 mends CVE-2025-8713, through which optimiser statistics showed rows that a policy hides.
Fix: build the images again (`aqdata images build`) and replace the container.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.roles import Server, servers

SCOPE = servers
PLANES = ("live",)
SEVERITY = Severity.HIGH
CLAUSES = ("isolation 16", "PCI DSS 6.3.3", "CIS PostgreSQL 1.1")
BAD = "-- version 170002"
GOOD = "-- version 170006"

_MAJOR, _LEAST = 17, 170006


def check(server: Server) -> Iterator[str]:
    if server.catalog.version // 10000 != _MAJOR:
        yield f"is version {server.catalog.version}, expected major version {_MAJOR}"
    elif server.catalog.version < _LEAST:
        yield f"is version {server.catalog.version}, expected at least {_LEAST}"
