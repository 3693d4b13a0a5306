"""The last attempt to archive WAL succeeded.

What: `pg_stat_archiver` shows no failure after its last success.
Why: while archiving fails the recovery window stands still and the WAL fills the disk.
Fix: see the server's log for the archive command's error; `aqdata backup check`.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.roles import Server, live_servers

SCOPE = live_servers
PLANES = ("live",)
SEVERITY = Severity.CRITICAL
CLAUSES = ("seed: backups",)
BAD = "-- archiver failing"
GOOD = "-- archiver succeeding"


def check(server: Server) -> Iterator[str]:
    archiver = server.catalog.archiver
    if archiver and archiver.is_failing:
        yield f"archiving {archiver.last_failed_wal} failed; {archiver.failed} failures in all"
