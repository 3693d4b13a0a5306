"""The read-only endpoint leads to replicas.

What: a session on the read-only port is with a server in recovery.
Why: a client that came there to read could otherwise write, and reads would burden the primary.
Fix: `docker logs <stack>-<instance>-proxy`; `aqdata up` restores its settings.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.replication import ReplicatedInstance, replicated_instances

SCOPE = replicated_instances
PLANES = ("live",)
SEVERITY = Severity.HIGH
CLAUSES = ("seed: replication",)
BAD = "{read_only_is_writable: true}"
GOOD = "{read_only_is_writable: false}"


def check(subject: ReplicatedInstance) -> Iterator[str]:
    if subject.found.read_only_is_writable:
        yield "the read-only endpoint leads to a server that takes writes"
    elif subject.found.read_only_is_writable is None:
        yield f"the read-only endpoint leads nowhere: {subject.found.read_only_reason}"
