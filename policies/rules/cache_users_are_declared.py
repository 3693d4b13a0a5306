"""A cache server has exactly the declared users.

What: each user of the server is `default`, a system user or a service that keeps something there; none is missing.
Why: a user outside the declaration is access that no review has seen; a missing one is a service that cannot work.
Fix: `ACL DELUSER <user>` and `ACL SAVE` for a stranger, `aqdata refresh` and `aqdata up` for a missing one.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.caches import DEFAULT_USER, CacheLogin, cache_logins

SCOPE = cache_logins
PLANES = ("live",)
SEVERITY = Severity.HIGH
CLAUSES = ("PCI DSS 7.2",)
BAD = "redis ACL SETUSER visitor on >visitor-password ~aqstream:* +get"
GOOD = "redis ACL SETUSER user_service on"


def check(login: CacheLogin) -> Iterator[str]:
    if login.user is None:
        yield "the declared user is missing"
    elif login.declared is None and login.name != DEFAULT_USER:
        yield "nobody declares this user"
    elif login.declared is not None and not login.user.is_enabled:
        yield "the user is switched off"
