"""Every cached key expires within its declared lifetime.

What: no key lacks an expiry, and none has longer to live than its entity's `ttl` (leases: 10 s).
Why: a session without expiry is a login for ever; keys that never go fill the server for good.
Fix: set keys with their expiry in one command (`SET key value EX seconds`); `EXPIRE` or `DEL` the ones found.
"""

from collections.abc import Iterator

from policies.rule import Severity, Unknown
from policies.scopes.caches import CachedKeys, cached_keys

SCOPE = cached_keys
PLANES = ("live",)
SEVERITY = Severity.HIGH
CLAUSES = ("seed: caching",)
BAD = "redis SET aqstream:user:session:43 x"
GOOD = "redis SET aqstream:user:session:43 x EX 86400"


def check(keys: CachedKeys) -> Iterator[str]:
    group, longest = keys.group, keys.longest_lifetime
    if group.without_expiry:
        yield f"{group.without_expiry} of {group.count} keys never expire"
    if longest is not None and group.outliving(longest):
        yield f"{group.outliving(longest)} of {group.count} keys live longer than {longest} s"
    elif not group.without_expiry and not keys.census.is_complete:
        raise Unknown(f"only {keys.census.seen} of {keys.census.total} keys were looked at")
