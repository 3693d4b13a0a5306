"""Every node of etcd takes part, and they agree on a leader.

What: each declared node answers, all name the same leader, and nobody comes in without a login.
Why: with half of the nodes gone no failover can happen; with a login missing anybody on the network can name a primary.
Fix: `docker start <stack>-etcd-<n>` for what stands still, `docker logs` says why it does; `aqdata up` demands logins.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.replication import Consensus, consensus

SCOPE = consensus
PLANES = ("live",)
SEVERITY = Severity.CRITICAL
CLAUSES = ("seed: replication",)
BAD = "{consensus: {etcd-2: {member: 0}, etcd-3: {member: 0}}}"
GOOD = "{consensus: {etcd-2: {term: 9}}}"


def check(subject: Consensus) -> Iterator[str]:
    away = [node.name for node in subject.nodes if not node.answers]
    present = [node for node in subject.nodes if node.answers]
    if len(present) * 2 <= len(subject.nodes):
        yield f"{', '.join(away)} do not answer: no majority is left, and no failover can happen"
    else:
        yield from (f"{name} does not answer" for name in away)
    leaders = {node.leader for node in present}
    if len(leaders) > 1 or 0 in leaders:
        yield "the nodes do not agree on a leader"
    yield from (f"{node.name} lets everybody in" for node in present if not node.demands_login)
