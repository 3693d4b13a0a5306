"""The durable cache server has memory left and evicts nothing.

What: it has evicted no key since its start and uses less than 90 % of its `maxmemory`.
Why: it refuses writes when it is full, so that logins and rate limits fail; evicting instead would end sessions.
Fix: raise `cache.durable.maxmemory` and its memory limit in the stack file; look for keys that should be on the
    evictable server.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.caches import CacheServer, cache_servers

SCOPE = cache_servers
PLANES = ("live",)
SEVERITY = Severity.MEDIUM
CLAUSES = ("seed: caching",)
BAD = "facts status.used_memory 999999999999"
GOOD = "facts status.used_memory 1048576"
_FULL = 0.9


def check(server: CacheServer) -> Iterator[str]:
    if server.role != "durable":
        return
    used, most = int(server.facts.status["used_memory"]), int(server.declared_settings["maxmemory"])
    if used > _FULL * most:
        yield f"{used} of {most} bytes are used"
    if server.facts.status.get("evicted_keys", "0") != "0":
        yield f"{server.facts.status['evicted_keys']} keys were evicted"
