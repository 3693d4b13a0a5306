"""Exactly one node of a cluster takes writes.

What: of the nodes that answer one is not in recovery.
Why: two primaries are two histories of the same rows, and merging them means throwing one away.
Fix: `docker stop` the node that `aqdata status` does not call the primary, then start it: it joins as a replica.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.replication import ReplicatedInstance, replicated_instances

SCOPE = replicated_instances
PLANES = ("live",)
SEVERITY = Severity.CRITICAL
CLAUSES = ("seed: replication",)
BAD = "{nodes: {postgres-user-2: {is_writable: true}}}"
GOOD = "{nodes: {postgres-user-2: {is_writable: false}}}"


def check(subject: ReplicatedInstance) -> Iterator[str]:
    names = [node.name for node in subject.found.writable]
    if len(names) > 1:
        yield f"{' and '.join(names)} take writes: two histories are being made"
    elif not names:
        yield "no node takes writes"
