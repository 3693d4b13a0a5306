"""A checksum failure is an error.

What: `ignore_checksum_failure` is off.
Why: ignoring it spreads broken pages into backups.
Fix: remove the override from the instance's `settings:`, and `ALTER SYSTEM RESET ignore_checksum_failure;` on the
    server.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.servers import ServerSettings, server_settings

SCOPE = server_settings
PLANES = ("plan", "live")
SEVERITY = Severity.HIGH
CLAUSES = ("seed: backups",)
BAD = "ignore_checksum_failure = on"
GOOD = "ignore_checksum_failure = off"


def check(server: ServerSettings) -> Iterator[str]:
    yield from server.expect("ignore_checksum_failure", "off")
