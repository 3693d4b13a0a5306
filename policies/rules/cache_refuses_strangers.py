"""A cache server serves nobody without the right password.

What: a connection that has not logged in, and one with a wrong password, gets no answer to PING.
Why: the rules of users only matter where one has to be a user.
Fix: `aqdata up` sets the default user off and the declared passwords again.
"""

from collections.abc import Iterator

from policies.rule import Severity, Unknown
from policies.scopes.caches import CacheServer, cache_servers

SCOPE = cache_servers
PLANES = ("live",)
SEVERITY = Severity.CRITICAL
CLAUSES = ("PCI DSS 8.3",)
BAD = "redis ACL SETUSER default on nopass +ping"
GOOD = "redis ACL SETUSER default off"


def check(server: CacheServer) -> Iterator[str]:
    attempts = {
        "without a login": server.facts.accepts_anonymous,
        "with a wrong password": server.facts.accepts_wrong_password,
    }
    for attempt, accepted in attempts.items():
        if accepted is None:
            raise Unknown(f"a connection {attempt} could not be tried")
        if accepted:
            yield f"{server.facts.endpoint} serves a connection {attempt}"
