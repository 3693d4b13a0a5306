"""A cache server speaks TLS only.

What: the published port does not answer Redis's protocol without TLS, not even with a refusal.
Why: passwords and sessions cross the network in the clear otherwise.
Fix: `port 0` and `tls-port` in the server's configuration; `aqdata up` writes them.
"""

from collections.abc import Iterator

from policies.rule import Severity, Unknown
from policies.scopes.caches import CacheServer, cache_servers

SCOPE = cache_servers
PLANES = ("live",)
SEVERITY = Severity.CRITICAL
CLAUSES = ("PCI DSS 4.2.1",)
BAD = "facts accepts_plaintext true"
GOOD = "facts accepts_plaintext false"


def check(server: CacheServer) -> Iterator[str]:
    if server.facts.accepts_plaintext is None:
        raise Unknown("whether it answers without TLS could not be tried")
    if server.facts.accepts_plaintext:
        yield f"{server.facts.endpoint} answers without TLS"
