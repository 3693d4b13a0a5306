"""A primary that vanishes is replaced by itself, within bounds.

What: Patroni is not paused; the lease is at most 15 s; a replica further behind than declared is never promoted; and a
    primary that loses etcd but sees all its replicas goes on.
Why: a paused cluster stays without a primary until somebody comes; a long lease is that long without writes.
Fix: `aqdata up`; to end a pause: `aqstream-patroni-request PATCH /config '{"pause": null}'` in a node's container.
"""

from collections.abc import Iterator

from policies.rule import Severity, Unknown
from policies.scopes.replication import ReplicatedInstance, replicated_instances

SCOPE = replicated_instances
PLANES = ("live",)
SEVERITY = Severity.HIGH
CLAUSES = ("seed: replication",)
BAD = "{shared: {pause: true}}"
GOOD = "{shared: {ttl: 12}}"

LONGEST_LEASE = 15


def check(subject: ReplicatedInstance) -> Iterator[str]:
    shared = subject.found.shared
    if not shared:
        raise Unknown("no node said what Patroni's settings are")
    if subject.found.is_paused:
        yield "Patroni is paused: nothing is done when the primary fails"
    if int(shared.get("ttl", 30)) > LONGEST_LEASE:
        yield f"the lease is {shared.get('ttl', 30)} s, at most {LONGEST_LEASE} are allowed"
    if int(shared.get("maximum_lag_on_failover", 1 << 20)) > subject.instance.max_lag:
        yield f"a replica {shared['maximum_lag_on_failover']} bytes behind may lead, not {subject.instance.max_lag}"
    if not shared.get("failsafe_mode"):
        yield "failsafe_mode is off: without etcd every instance stops taking writes"
