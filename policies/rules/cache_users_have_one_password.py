"""A rotated password does not stay behind.

What: each user of a cache server has one password; two only while a rotation's overlap lasts.
Why: an earlier password that stays valid makes the rotation void.
Fix: `aqdata up` after the overlap (`cache.passwordOverlap` of the stack) drops the earlier one.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.caches import CacheLogin, cache_logins

SCOPE = cache_logins
PLANES = ("live",)
SEVERITY = Severity.LOW
CLAUSES = ("PCI DSS 8.3",)
BAD = "redis ACL SETUSER payment_service >one-more-password"
GOOD = "redis ACL SETUSER payment_service sanitize-payload"


def check(login: CacheLogin) -> Iterator[str]:
    if login.user is not None and login.user.passwords > 1:
        yield f"{login.user.passwords} passwords are valid"
