"""The nodes of a component are on different hosts.

What: in a stack with `hosts:`, no two nodes of a database, of the cache, of its Sentinels, of the consensus store or of
    the object store are on one host.
Why: two nodes on one host are lost together: a failover has nobody left to go to, or a majority nobody to agree with.
Fix: name another host under `placement:` in the stack file, or declare one more under `hosts:`.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.containers import Placed, placed

SCOPE = placed
PLANES = ("plan", "live")
SEVERITY = Severity.HIGH
CLAUSES = ("seed: replication",)
BAD = "redis: [db1, db2, db1]"
GOOD = "redis: [db1, db2, db3]"


def check(component: Placed) -> Iterator[str]:
    shared: dict[str, list[str]] = {}
    for node, host in sorted(component.hosts.items()):
        shared.setdefault(host, []).append(node)
    for host, nodes in shared.items():
        if len(nodes) > 1:
            yield f"{' and '.join(nodes)} are both on {host}" if host else f"{', '.join(nodes)} name no host"
