"""Every declared node answers and runs.

What: each node of the cluster answers, and Patroni calls it running.
Why: a node that is away protects nobody, and the next failure meets a cluster without a spare.
Fix: `docker logs <container>`; `aqdata up` starts what is stopped.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.replication import ReplicatedInstance, replicated_instances

SCOPE = replicated_instances
PLANES = ("live",)
SEVERITY = Severity.HIGH
CLAUSES = ("seed: replication",)
BAD = "{nodes: {postgres-user-3: {is_writable: null, reason: does not run}}}"
GOOD = "{nodes: {postgres-user-3: {is_writable: false}}}"


def check(subject: ReplicatedInstance) -> Iterator[str]:
    for node in subject.found.nodes:
        if not node.answers:
            yield f"{node.name} does not answer: {node.reason}"
        elif node.state != "running":
            yield f"{node.name} is {node.state or 'without Patroni'}"
