"""Every cached key is of a declared kind and on its server.

What: each key is `aqstream:{service}:{entity}:{id}`, a list page, a list's index or a lease, of an entity that the
    service declares, on the server (durable or evictable) where the entity belongs.
Why: nobody invalidates, sizes or reviews a key outside the contract; a cache on the durable server pushes sessions out.
Fix: build keys with the constants of `aqdata cache keys`; declare the entity under `cache:` of its service.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.caches import CachedKeys, cached_keys

SCOPE = cached_keys
PLANES = ("live",)
SEVERITY = Severity.MEDIUM
CLAUSES = ("seed: caching",)
BAD = "redis SET user-session-42 x EX 60"
GOOD = "redis SET aqstream:user:session:42 x EX 60"


def check(keys: CachedKeys) -> Iterator[str]:
    count = f"{keys.group.count} key{'s' if keys.group.count > 1 else ''}"
    key, entry = keys.key, keys.entry
    if key is None:
        yield f"{count} not of the form aqstream:{{service}}:{{entity}}:{{id}}"
    elif entry is None:
        yield f"{count} of an entity that no service declares"
    elif entry.list != key.of_list:
        yield f"{count}: '{key.entity}' is declared as {'a list' if entry.list else 'single things'}"
    elif entry.role != keys.server.role:
        yield f"{count} of '{key.entity}', which belongs on the {entry.role} server"
