"""Redis's default user is off.

What: the user `default` of each cache server is disabled and has no keys, channels or commands.
Why: a connection that does not log in is this user; where it is on, the network is the only guard.
Fix: `aqdata up` sets the declared system users again.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.caches import DEFAULT_USER, CacheLogin, cache_logins

SCOPE = cache_logins
PLANES = ("live",)
SEVERITY = Severity.CRITICAL
CLAUSES = ("PCI DSS 2.2.2", "seed: caching")
BAD = "redis ACL SETUSER default on nopass +@read"
GOOD = "redis ACL SETUSER default off"


def check(login: CacheLogin) -> Iterator[str]:
    if login.name != DEFAULT_USER or login.user is None:
        return
    if login.user.is_enabled:
        yield "the default user is on, so that nobody needs to log in"
    if login.user.keys or login.user.channels or login.user.selectors:
        yield "the default user has keys or channels"
