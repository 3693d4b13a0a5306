"""A declared primary takes writes.

What: the server behind a declared endpoint is not in recovery.
Why: an endpoint that points at a replica refuses writes, and at a promoted one forks the history.
Fix: see the cluster's state; `aqdata` and the runbook of high availability say which node leads.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.roles import Server, live_servers

SCOPE = live_servers
PLANES = ("live",)
SEVERITY = Severity.HIGH
CLAUSES = ("seed: replication",)
BAD = "-- is_replica"
GOOD = "-- is_primary"


def check(server: Server) -> Iterator[str]:
    if server.catalog.is_replica:
        yield "is in recovery: a replica answers where a primary is declared"
