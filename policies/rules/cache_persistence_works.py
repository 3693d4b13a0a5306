"""The durable cache server writes what it acknowledges.

What: the append-only file is on, and its last write and last rewrite succeeded.
Why: with a failed write (a full disk) Redis refuses changes; with the file off, a crash loses every session.
Fix: free space on the volume; `CONFIG SET appendonly yes` writes the whole file anew.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.caches import CacheServer, cache_servers

SCOPE = cache_servers
PLANES = ("live",)
SEVERITY = Severity.HIGH
CLAUSES = ("backups: Redis",)
BAD = "redis CONFIG SET appendonly no"
GOOD = "redis CONFIG SET auto-aof-rewrite-percentage 90"
_EXPECTED = {"aof_enabled": "1", "aof_last_write_status": "ok", "aof_last_bgrewrite_status": "ok"}


def check(server: CacheServer) -> Iterator[str]:
    if server.role != "durable":
        return
    for field, expected in _EXPECTED.items():
        found = server.facts.status.get(field, "missing")
        if found != expected:
            yield f"{field} is {found}, expected {expected}"
