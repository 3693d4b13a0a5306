"""Each service can use its own cache keys.

What: with each service's real login, setting, reading, prolonging, publishing and deleting its own key worked.
Why: a refusal of everything would pass every other check; this is their positive control.
Fix: look at the message; `OOM` says that the server is full, `NOPERM` that `aqdata up` has to set the user again.
"""

from collections.abc import Iterator

from policies.rule import Severity, Unknown
from policies.scopes.caches import CacheLogin, cache_service_logins

SCOPE = cache_service_logins
PLANES = ("live",)
SEVERITY = Severity.HIGH
CLAUSES = ("isolation 25",)
BAD = "redis ACL SETUSER analytics_service -set"
GOOD = "redis ACL SETUSER analytics_service +set"


def check(login: CacheLogin) -> Iterator[str]:
    own = [probe for probe in login.probes if probe.is_own]
    if not own:
        raise Unknown("its own keys were not tried")
    for probe in own:
        if probe.outcome != "done":
            yield f"{probe.operation} on its own key {probe.target}: {probe.message}"
