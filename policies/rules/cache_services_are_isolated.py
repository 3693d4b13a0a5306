"""No service reaches another service's cache keys.

What: with each service's real login, setting, reading, prolonging, publishing and deleting on every other service's
    keys was tried and refused.
Why: what the server does counts, not what its rules look like.
Fix: `aqdata refresh` shows which rule differs, `aqdata up` sets the declared ones again.
"""

from collections.abc import Iterator

from policies.rule import Severity, Unknown
from policies.scopes.caches import CacheLogin, cache_service_logins

SCOPE = cache_service_logins
PLANES = ("live",)
SEVERITY = Severity.CRITICAL
CLAUSES = ("PCI DSS 7.2", "seed: caching")
BAD = "redis ACL SETUSER media_service ~aqstream:payment:*"
GOOD = "redis ACL SETUSER media_service +get"


def check(login: CacheLogin) -> Iterator[str]:
    foreign = [probe for probe in login.probes if not probe.is_own]
    if not foreign:
        raise Unknown("nothing was tried on other services' keys")
    reached = [probe for probe in foreign if probe.outcome == "done"]
    for probe in reached:
        yield f"{probe.operation} on {probe.target} of {probe.owner} was allowed"
    unclear = next((probe for probe in foreign if probe.outcome == "error"), None)
    if unclear and not reached:
        raise Unknown(f"{unclear.operation} on {unclear.owner}'s keys: {unclear.message}")
