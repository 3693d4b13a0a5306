"""Each login can use its own folders.

What: with each service's and each instance's real key, writing, reading, versions, multipart uploads, listing and
    deleting in its own folder worked.
Why: a refusal of everything would pass every other check; this is their positive control.
Fix: look at the code; `XMinioStorageFull` is a full disk, `AccessDenied` mends with `aqdata refresh` and `aqdata up`.
"""

from collections.abc import Iterator

from policies.rule import Severity, Unknown
from policies.scopes.objects import StoreUser, store_owners

SCOPE = store_owners
PLANES = ("live",)
SEVERITY = Severity.HIGH
CLAUSES = ("isolation 25",)
BAD = "mc admin user disable store pgbackrest-postgres-payment"
GOOD = "mc admin user enable store pgbackrest-postgres-payment"


def check(user: StoreUser) -> Iterator[str]:
    own = [probe for probe in user.probes if probe.is_own]
    if not own:
        raise Unknown("its own folders were not tried")
    for probe in own:
        if probe.outcome != "done":
            yield f"{probe.operation} on its own {probe.target}: {probe.message}"
