"""Written data reaches the disk.

What: `fsync` is on.
Why: without it a crash leaves a cluster that cannot be trusted, and every backup of it as well.
Fix: remove the override from the instance's `settings:`, and `ALTER SYSTEM RESET fsync;` on the server.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.servers import ServerSettings, server_settings

SCOPE = server_settings
PLANES = ("plan", "live")
SEVERITY = Severity.CRITICAL
CLAUSES = (
    "CIS PostgreSQL 8",
    "seed: backups",
)
BAD = "fsync = off"
GOOD = "fsync = on"


def check(server: ServerSettings) -> Iterator[str]:
    yield from server.expect("fsync", "on")
