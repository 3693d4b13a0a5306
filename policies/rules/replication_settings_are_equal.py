"""Every node runs with the same settings.

What: all server settings are equal on all nodes, apart from those that say who follows whom.
Why: after a failover the instance would run with other limits, logging or durability than was verified.
Fix: `aqdata up`; for a forgotten one: `ALTER SYSTEM RESET <name>;` on the node.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.replication import ReplicatedInstance, replicated_instances

SCOPE = replicated_instances
PLANES = ("live",)
SEVERITY = Severity.HIGH
CLAUSES = ("seed: replication", "drift")
BAD = """
{nodes: {postgres-user-2: {settings: {fsync: "off"}}}}
"""
GOOD = "{nodes: {postgres-user-2: {settings: {primary_conninfo: host=postgres-user-1}}}}"

_OWN = frozenset(
    {
        "in_hot_standby",
        "primary_conninfo",
        "primary_slot_name",
        "synchronous_standby_names",
        "transaction_read_only",
    }
)


def check(subject: ReplicatedInstance) -> Iterator[str]:
    nodes = [node for node in subject.found.nodes if node.answers]
    names = sorted({name for node in nodes for name in node.settings} - _OWN)
    for name in names:
        values = {node.name: node.settings.get(name, "") for node in nodes}
        if len(set(values.values())) > 1:
            said = ", ".join(f"'{value}' on {node}" for node, value in values.items())
            yield f"{name} is {said}"
