"""No replica's replay is paused or delayed.

What: replay is not paused, and `recovery_min_apply_delay` is 0, on every replica.
Why: such a replica streams and looks well while it serves old rows, and a failover to it waits for the replay.
Fix: `SELECT pg_wal_replay_resume();` on the replica; remove the delay from its settings.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.replication import ReplicatedInstance, replicated_instances

SCOPE = replicated_instances
PLANES = ("live",)
SEVERITY = Severity.HIGH
CLAUSES = ("seed: replication",)
BAD = "{nodes: {postgres-user-3: {is_replay_paused: true}}}"
GOOD = "{nodes: {postgres-user-3: {is_replay_paused: false}}}"


def check(subject: ReplicatedInstance) -> Iterator[str]:
    for node in subject.found.replicas:
        if node.is_replay_paused:
            yield f"{node.name} has its replay paused"
        if node.apply_delay:
            yield f"{node.name} applies changes {node.apply_delay} ms late"
