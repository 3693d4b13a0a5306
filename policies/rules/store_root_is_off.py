"""Root of the object store is switched off.

What: the store refuses its root user before it looks at the signature.
Why: root bypasses every policy; after set-up nobody needs it.
Fix: `aqdata refresh` and `aqdata up` switch it off again.
"""

from collections.abc import Iterator

from policies.rule import Severity, Unknown
from policies.scopes.objects import ObjectStore, object_stores

SCOPE = object_stores
PLANES = ("live",)
SEVERITY = Severity.HIGH
CLAUSES = ("PCI DSS 2.2.2",)
BAD = "mc admin config set store api root_access=on"
GOOD = "mc admin config set store api root_access=off"


def check(store: ObjectStore) -> Iterator[str]:
    if store.facts.accepts_root is None:
        raise Unknown("whether root is served could not be tried")
    if store.facts.accepts_root:
        yield "root may use the API"
