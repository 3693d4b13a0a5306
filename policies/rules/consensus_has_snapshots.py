"""The consensus store has a recent snapshot in the backup bucket.

What: the newest snapshot that a node of etcd lists in the object store is not older than two of its periods.
Why: without one, losing etcd's disks loses the clusters' settings and logins, and every cluster has to be made anew.
Fix: `docker logs <stack>-etcd-<n>` says why none is made; `aqdata etcd snapshot` makes one now.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.replication import Consensus, consensus

SCOPE = consensus
PLANES = ("live",)
SEVERITY = Severity.HIGH
CLAUSES = ("seed: backups",)
BAD = "{consensus: {etcd-1: {snapshot_age: 90000}, etcd-2: {snapshot_age: 90000}, etcd-3: {snapshot_age: 90000}}}"
GOOD = "{consensus: {etcd-1: {member: 0, snapshot_age: null}, etcd-2: {snapshot_age: 21700}}}"


def check(subject: Consensus) -> Iterator[str]:
    every = subject.stack.availability.etcd.snapshots.every
    ages = [node.snapshot_age for node in subject.nodes if node.snapshot_age is not None]
    if not ages:
        yield f"no node lists a snapshot in the object store; one is due every {every // 3600} h"
    elif min(ages) > 2 * every:
        yield f"the newest snapshot is {min(ages) / 3600:.0f} h old; one is due every {every // 3600} h"
