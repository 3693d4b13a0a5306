"""Torn pages are repaired.

What: `full_page_writes` is on.
Why: without full pages in the WAL a page half written at a crash stays broken, also after a restore.
Fix: remove the override from the instance's `settings:`, and `ALTER SYSTEM RESET full_page_writes;` on the server.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.servers import ServerSettings, server_settings

SCOPE = server_settings
PLANES = ("plan", "live")
SEVERITY = Severity.CRITICAL
CLAUSES = ("seed: backups",)
BAD = "full_page_writes = off"
GOOD = "full_page_writes = on"


def check(server: ServerSettings) -> Iterator[str]:
    yield from server.expect("full_page_writes", "on")
