"""A synchronous instance acknowledges no commit that one node alone has.

What: where `synchronous: true` is declared, Patroni's synchronous mode is on and strict, `synchronous_commit` waits for
    a replica, the primary names synchronous standbys and one of them streams; elsewhere the mode is off.
Why: with the mode off, or not strict, a failover loses commits that a client was told of.
Fix: `aqdata up`; `aqdata status` shows which replica is synchronous.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.replication import ReplicatedInstance, replicated_instances

SCOPE = replicated_instances
PLANES = ("live",)
SEVERITY = Severity.CRITICAL
CLAUSES = ("seed: replication",)
BAD = "{synchronous: true, shared: {synchronous_mode: false}}"
GOOD = """
synchronous: true
shared: {synchronous_mode: true, synchronous_mode_strict: true}
nodes:
  postgres-user-1:
    settings: {synchronous_standby_names: postgres-user-2, synchronous_commit: "on"}
    senders: {postgres-user-2: sync}
"""


def check(subject: ReplicatedInstance) -> Iterator[str]:
    for name in ("synchronous_mode", "synchronous_mode_strict"):
        found = bool(subject.found.shared.get(name))
        if found != subject.instance.synchronous:
            yield f"{name} is {'on' if found else 'off'}, declared is {'on' if subject.instance.synchronous else 'off'}"
    for primary in subject.found.writable if subject.instance.synchronous else ():
        if primary.settings.get("synchronous_commit") not in ("on", "remote_apply", "remote_write"):
            yield f"{primary.name} does not wait: synchronous_commit is {primary.settings.get('synchronous_commit')}"
        if not primary.settings.get("synchronous_standby_names"):
            yield f"{primary.name} names no synchronous standby"
        if not set(primary.senders.values()) & {"sync", "quorum"}:
            yield f"no replica of {primary.name} is synchronous"
