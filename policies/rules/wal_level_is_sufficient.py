"""The WAL suffices for archiving and replicas.

What: `wal_level` is replica or logical.
Why: with minimal there is no point-in-time recovery and no replica.
Fix: remove the override from the instance's `settings:`, and `ALTER SYSTEM RESET wal_level;` on the server.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.servers import ServerSettings, server_settings

SCOPE = server_settings
PLANES = ("plan", "live")
SEVERITY = Severity.HIGH
CLAUSES = (
    "seed: backups",
    "seed: replication",
)
BAD = "wal_level = minimal"
GOOD = "wal_level = logical"


def check(server: ServerSettings) -> Iterator[str]:
    yield from server.expect("wal_level", "replica", "logical")
