"""Every node of a replicated cache server has the same users.

What: users, passwords, keys, channels and commands are equal on the primary and on its replicas.
Why: Redis copies keys to its replicas and no users: after a failover the services that the new primary does not know
    are locked out, and a user removed from the primary only is back.
Fix: `aqdata refresh` shows the difference, `aqdata up` sets the declared users on every node.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.caches import ReplicatedCache, replicated_caches

SCOPE = replicated_caches
PLANES = ("live",)
SEVERITY = Severity.HIGH
CLAUSES = ("PCI DSS 7.2",)
BAD = "redis-2 ACL SETUSER user_service +keys"
GOOD = "redis-2 CONFIG SET slowlog-max-len 256"


def check(cache: ReplicatedCache) -> Iterator[str]:
    names = sorted({user for node in cache.nodes.values() for user in node.rules})
    for user in names:
        found = {name: node.rules.get(user) for name, node in sorted(cache.nodes.items())}
        if missing := [name for name, rules in found.items() if rules is None]:
            yield f"{user} is missing on {', '.join(missing)}"
        elif len(set(found.values())) > 1:
            yield f"{user} differs between {', '.join(found)}"
