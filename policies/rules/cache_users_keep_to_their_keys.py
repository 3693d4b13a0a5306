"""A cache user reaches its own keys and channels only.

What: the key and channel patterns of each user are exactly the declared ones, and it has no further selectors.
Why: a pattern too many opens another service's sessions or rate limits; one too few breaks the service.
Fix: `aqdata refresh` shows the difference, `aqdata up` sets the declared patterns again.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.caches import CacheLogin, cache_logins

SCOPE = cache_logins
PLANES = ("live",)
SEVERITY = Severity.CRITICAL
CLAUSES = ("PCI DSS 7.2", "seed: caching")
BAD = "redis ACL SETUSER user_service %R~aqstream:payment:*"
GOOD = "redis ACL SETUSER user_service ~aqstream:user:session:*"


def check(login: CacheLogin) -> Iterator[str]:
    if login.user is None or login.declared is None:
        return
    declared_keys = {key if key.startswith("%") else f"~{key}" for key in login.declared.keys}
    declared_channels = {f"&{channel}" for channel in login.declared.channels}
    yield from _differences("keys", set(login.user.keys), declared_keys)
    yield from _differences("channels", set(login.user.channels), declared_channels)
    for selector in login.user.selectors:
        yield f"an undeclared selector adds rights: ({selector})"


def _differences(what: str, found: set[str], declared: set[str]) -> Iterator[str]:
    for pattern in sorted(found - declared):
        yield f"undeclared {what}: {pattern}"
    for pattern in sorted(declared - found):
        yield f"missing {what}: {pattern}"
