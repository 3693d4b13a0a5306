"""The Sentinels of a replicated cache server can appoint a primary.

What: three Sentinels answer, each has a quorum and a majority, and all of them name the same primary, which is up.
Why: with fewer than two nobody is appointed when the primary is gone, and every login waits until somebody mends it;
    Sentinels that disagree send services to different nodes.
Fix: `docker ps --filter name=sentinel` shows which one is away; `aqdata up` starts it and lets it find the others.
"""

from collections.abc import Iterator

from infra.model.cache import SENTINELS
from policies.rule import Severity
from policies.scopes.caches import ReplicatedCache, replicated_caches

SCOPE = replicated_caches
PLANES = ("live",)
SEVERITY = Severity.CRITICAL
CLAUSES = ("seed: caching",)
BAD = "docker stop redis-sentinel-3"
GOOD = "docker restart redis-3"


def check(cache: ReplicatedCache) -> Iterator[str]:
    if len(cache.sentinels) < SENTINELS:
        yield f"{len(cache.sentinels)} of {SENTINELS} Sentinels answer"
    for name, seen in sorted(cache.sentinels.items()):
        if seen.problem:
            yield f"{name}: {seen.problem}"
        if seen.primary_flags != "master":
            yield f"{name}: the primary {seen.primary} is {seen.primary_flags}"
    primaries = sorted({seen.primary for seen in cache.sentinels.values()})
    if len(primaries) > 1:
        yield f"they hold {' and '.join(primaries)} for the primary"
