"""Every node has room on its disk for more, and one that has not is no candidate.

What: the disk under each node's data has more free than the instance's `leastRoom`; where it has not, the guard in the
    container has lowered the node's `failover_priority`.
Why: a primary whose disk is full refuses writes, or crashes and is restarted in place until it crashes again; with less
    than `leastRoom` it hands over to a node that has more, and where no node has, writes end.
Fix: give the volume more room; `aqdata backup check` names why WAL waits; `docker logs <container>` has what the guard
    said under `aqstream-patroni-room`.
"""

from collections.abc import Iterator

from policies.rule import Severity, Unknown
from policies.scopes.replication import ReplicatedInstance, replicated_instances

SCOPE = replicated_instances
PLANES = ("live",)
SEVERITY = Severity.HIGH
CLAUSES = ("seed: replication",)
BAD = "{nodes: {postgres-user-2: {free: 1000000, priority: 1}}}"
GOOD = "{nodes: {postgres-user-2: {free: 9000000000, priority: 2}}}"
WITHOUT_ROOM = 1


def check(subject: ReplicatedInstance) -> Iterator[str]:
    least = subject.instance.least_room
    for node in subject.found.nodes:
        if not node.answers:
            continue
        if node.free is None:
            raise Unknown(f"the disk of {node.name} was not looked at")
        if node.free < least:
            yield f"{node.name} has {node.free >> 20} MiB left, fewer than {least >> 20}"
            if node.priority != WITHOUT_ROOM:
                yield f"{node.name} may still be chosen as the primary: its guard does not run"
