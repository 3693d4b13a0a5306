"""A user of the object store has its own policy and no other.

What: exactly the policy that carries the user's name is attached to each declared user.
Why: rights add up; the built-in `readwrite` beside its own policy opens every bucket to a service.
Fix: detach the other policy; `aqdata refresh` and `aqdata up` do it.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.objects import StoreUser, store_users

SCOPE = store_users
PLANES = ("live",)
SEVERITY = Severity.CRITICAL
CLAUSES = ("PCI DSS 7.2",)
BAD = "mc admin policy attach store readwrite --user media_service"
GOOD = "mc admin policy attach store media_service --user media_service"


def check(user: StoreUser) -> Iterator[str]:
    if user.found is None or not user.is_declared:
        return
    for policy in user.found.policies:
        if policy != user.name:
            yield f"the policy '{policy}' is attached too"
    if user.name not in user.found.policies:
        yield "its own policy is not attached"
