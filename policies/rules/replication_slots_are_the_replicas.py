"""The primary has an active slot for each replica and no other.

What: the primary's replication slots are those of the declared replicas, and each is in use.
Why: without its slot a replica that was away may find its WAL gone; a slot without a replica keeps WAL for nobody.
Fix: `SELECT pg_drop_replication_slot('<slot>');` for a strange one; start the node of an idle one.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.replication import ReplicatedInstance, replicated_instances

SCOPE = replicated_instances
PLANES = ("live",)
SEVERITY = Severity.MEDIUM
CLAUSES = ("seed: replication",)
BAD = "{nodes: {postgres-user-1: {slots: {postgres_user_2: true, postgres_user_3: true, forgotten: false}}}}"
GOOD = "{nodes: {postgres-user-1: {slots: {postgres_user_2: true, postgres_user_3: true}}}}"


def check(subject: ReplicatedInstance) -> Iterator[str]:
    for primary in subject.found.writable:
        expected = {name.replace("-", "_") for name in subject.node_names if name != primary.name}
        yield from (f"{primary.name} has no slot {name}" for name in sorted(expected - set(primary.slots)))
        yield from (f"{primary.name} has a slot '{name}' of nobody" for name in sorted(set(primary.slots) - expected))
        idle = sorted(name for name in expected & set(primary.slots) if not primary.slots[name])
        yield from (f"{primary.name}: slot {name} is idle" for name in idle)
