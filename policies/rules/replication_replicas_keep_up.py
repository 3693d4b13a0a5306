"""No replica is further behind the primary than the instance declares.

What: each replica has replayed what the primary had written, as far as to `maxLag` (1 MiB where none is declared) or
    64 MiB, whichever is more: under bulk writes a sound replica is so far behind for seconds.
Why: a replica that receives slowly says that it streams and replays all that it has, serves rows of long ago, and is
    never promoted, so that a primary that fails has no successor.
Fix: `aqdata status` shows the distance; look at the replica's disk, processor and network, or make its container anew.
"""

from collections.abc import Iterator

from policies.rule import Severity, Unknown
from policies.scopes.replication import ReplicatedInstance, replicated_instances

SCOPE = replicated_instances
PLANES = ("live",)
SEVERITY = Severity.HIGH
CLAUSES = ("seed: replication",)
BAD = "{nodes: {postgres-user-2: {position: 1000}}}"
GOOD = "{nodes: {postgres-user-2: {position: 5366400000}}}"

_FLOOR = 64 << 20


def check(subject: ReplicatedInstance) -> Iterator[str]:
    written = [node.position for node in subject.found.writable if node.position is not None]
    if not written:
        raise Unknown("how far the primary has written could not be read")
    allowed = max(subject.instance.max_lag, _FLOOR)
    behind = {node.name: max(written) - node.position for node in subject.found.nodes if node.position is not None}
    late = [f"{name} is {by >> 20} MiB behind the primary" for name, by in behind.items() if by > allowed]
    if not late and (unread := [name for name in subject.node_names if name not in behind]):
        raise Unknown(f"how far {', '.join(unread)} has replayed could not be read")
    yield from late
