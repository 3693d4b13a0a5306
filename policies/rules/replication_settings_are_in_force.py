"""No node of a cluster waits for a restart to run with its settings.

What: no node's Patroni says that a setting waits for a restart.
Why: Patroni starts a replica with what its primary had when that is more, so a lowered limit may be in force on no node
    although each of them was restarted, and takes effect at the next failover or at none.
Fix: `aqdata up` restarts the nodes in the order that takes it, the primary before its replicas.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.replication import ReplicatedInstance, replicated_instances

SCOPE = replicated_instances
PLANES = ("live",)
SEVERITY = Severity.MEDIUM
CLAUSES = ("seed: replication", "PCI DSS 2.2.1")
BAD = "{nodes: {postgres-user-2: {pending_restart: [max_connections]}}}"
GOOD = "{nodes: {postgres-user-2: {pending_restart: []}}}"


def check(subject: ReplicatedInstance) -> Iterator[str]:
    for node in subject.found.nodes:
        if node.pending_restart:
            yield f"{node.name} waits for a restart to run with {', '.join(node.pending_restart)}"
