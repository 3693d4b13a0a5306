"""Every connected replica streams and keeps up.

What: each replica of `pg_stat_replication` is in state streaming, less than 64 MiB behind in replay.
Why: a replica that is paused still says streaming while it serves old rows; the distance tells.
Fix: `SELECT pg_wal_replay_resume();` on the replica, or make it anew.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.roles import Server, live_servers

SCOPE = live_servers
PLANES = ("live",)
SEVERITY = Severity.HIGH
CLAUSES = ("seed: replication",)
BAD = "-- replica paused"
GOOD = "-- replica streaming"

_BEHIND = 64 << 20


def check(server: Server) -> Iterator[str]:
    for replica in server.catalog.replicas:
        if replica.state not in ("streaming", "backup"):
            yield f"replica {replica.name} is {replica.state}"
        elif replica.lag is not None and replica.lag > _BEHIND:
            yield f"replica {replica.name} is {replica.lag >> 20} MiB behind"
