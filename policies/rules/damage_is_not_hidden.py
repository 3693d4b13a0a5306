"""Damaged pages are reported, not zeroed.

What: `zero_damaged_pages` is off.
Why: zeroing loses rows silently, and the next backup keeps the loss.
Fix: remove the override from the instance's `settings:`, and `ALTER SYSTEM RESET zero_damaged_pages;` on the
    server.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.servers import ServerSettings, server_settings

SCOPE = server_settings
PLANES = ("plan", "live")
SEVERITY = Severity.HIGH
CLAUSES = (
    "CIS PostgreSQL 6",
    "seed: backups",
)
BAD = "zero_damaged_pages = on"
GOOD = "zero_damaged_pages = off"


def check(server: ServerSettings) -> Iterator[str]:
    yield from server.expect("zero_damaged_pages", "off")
