"""The object store has exactly the declared users.

What: each user is a system user, a service with buckets or an instance's backup user; none is missing or disabled.
Why: a user outside the declaration is access that no review has seen.
Fix: remove the stranger; `aqdata refresh` and `aqdata up` make a missing one.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.objects import StoreUser, store_users

SCOPE = store_users
PLANES = ("live",)
SEVERITY = Severity.HIGH
CLAUSES = ("PCI DSS 7.2",)
BAD = "mc admin user add store visitor visitor-secret"
GOOD = "mc admin user enable store media_service"


def check(user: StoreUser) -> Iterator[str]:
    if user.found is None:
        yield "the declared user is missing"
    elif not user.is_declared:
        yield "nobody declares this user"
    elif not user.found.is_enabled:
        yield "the user is disabled"
