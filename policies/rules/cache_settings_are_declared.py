"""A cache server runs with the declared settings.

What: memory limit and eviction, persistence, TLS, client limits and guarded commands are as the stack declares them.
Why: an eviction policy other than `noeviction` drops sessions, `appendonly no` loses them at the next crash, a plain
    port gives passwords away.
Fix: `aqdata refresh` shows the difference, `aqdata up` sets the declared values again.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.caches import CacheServer, cache_servers

SCOPE = cache_servers
PLANES = ("live",)
SEVERITY = Severity.HIGH
CLAUSES = ("seed: caching", "PCI DSS 2.2")
BAD = "redis CONFIG SET appendonly no"
GOOD = "redis CONFIG SET slowlog-max-len 256"


def check(server: CacheServer) -> Iterator[str]:
    for name, declared in sorted(server.declared_settings.items()):
        found = server.facts.settings.get(name)
        if found is None:
            yield f"{name} is unknown to the server, expected '{declared}'"
        elif found != declared:
            yield f"{name} is '{found}', expected '{declared}'"
