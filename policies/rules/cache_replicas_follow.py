"""A replicated cache server has one primary, and every replica follows it.

What: exactly one node takes writes, it is the one that the Sentinels name, and each other node's link to it is up.
Why: a replica that is cut off holds old sessions and would lose what it never heard of when it is appointed; two nodes
    that take writes lose the writes of one of them.
Fix: `docker logs` of the node says why it cannot follow; `docker restart` lets it ask the Sentinels again.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.caches import ReplicatedCache, replicated_caches

SCOPE = replicated_caches
PLANES = ("live",)
SEVERITY = Severity.HIGH
CLAUSES = ("seed: caching",)
BAD = "redis-3 REPLICAOF NO ONE"
GOOD = "redis-3 CONFIG SET slowlog-max-len 256"


def check(cache: ReplicatedCache) -> Iterator[str]:
    primaries = sorted(name for name, node in cache.nodes.items() if node.is_primary)
    if len(primaries) != 1:
        yield f"{len(primaries)} nodes take writes: {', '.join(primaries) or 'none'}"
    named = {seen.primary for seen in cache.sentinels.values()}
    for primary in primaries:
        if named and primary not in named:
            yield f"{primary} takes writes, the Sentinels name {', '.join(sorted(named))}"
    following = [name for name, node in cache.nodes.items() if node.status.get("master_link_status") == "up"]
    for name in sorted(set(cache.nodes) - {*following, *primaries}):
        yield f"{name} does not hear its primary"
    if len(cache.nodes) - 1 < cache.declared_replicas:
        yield f"{len(cache.nodes)} of {cache.declared_replicas + 1} nodes answer"
