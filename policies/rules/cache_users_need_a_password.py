"""Every cache user needs a password.

What: no enabled user of a cache server has `nopass`, and each has at least one password.
Why: `nopass` lets anybody in who knows the user's name.
Fix: `aqdata refresh` and `aqdata up` set the declared passwords again.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.caches import CacheLogin, cache_logins

SCOPE = cache_logins
PLANES = ("live",)
SEVERITY = Severity.CRITICAL
CLAUSES = ("PCI DSS 8.3",)
BAD = "redis ACL SETUSER event_service nopass"
GOOD = "redis ACL SETUSER event_service >another-password"


def check(login: CacheLogin) -> Iterator[str]:
    user = login.user
    if user is None or not user.is_enabled:
        return
    if not user.needs_password:
        yield "any password is accepted (nopass)"
    elif not user.passwords:
        yield "the user is on and has no password"
