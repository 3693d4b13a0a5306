"""Nothing outside its own networks reaches an isolated instance.

What: from inside every other container a connection to each of the instance's addresses was tried, and failed; from
    inside the instance itself it succeeded. The object store shares the backup link, etcd the link for control; the
    instance's other nodes, its proxy and its pooler belong to it.
Why: segmentation that is only read off a configuration is assumed; this one is tried.
Fix: see findings about networks; `docker network inspect <network>` names who is on it.
"""

from collections.abc import Iterator

from policies.rule import Severity, Unknown
from policies.scopes.containers import STORE, Isolation, isolations

SCOPE = isolations
PLANES = ("live",)
SEVERITY = Severity.CRITICAL
CLAUSES = ("PCI DSS 1.2", "PCI DSS 1.4", "PCI DSS 11.4.5")
BAD = "{container: aqstream-dev-postgres-user, network: aqstream-dev-payment}"
GOOD = "{container: aqstream-dev-minio, network: aqstream-dev-payment-backup}"


def check(subject: Isolation) -> Iterator[str]:
    stack = subject.stack
    own = next(name for name, each in stack.instances.items() if subject.short in each.nodes(name))
    may_connect = tuple(map(stack.physical, (own, STORE, *stack.etcd_nodes)))
    for reach in subject.reaches:
        if reach.connected and not reach.source.startswith(may_connect):
            yield f"{reach.source} connected to {reach.address}:{reach.port}"
    if not any(reach.connected and reach.source == subject.target for reach in subject.reaches):
        raise Unknown("not even the instance itself reached its port, so nothing was shown")
    for reach in subject.reaches:
        if reach.detail.startswith("not tried"):
            raise Unknown(f"{reach.source}: {reach.detail}")
