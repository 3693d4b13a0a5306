"""No login reaches another's objects.

What: with each service's and each instance's real key, writing, reading, versions, multipart uploads, listing and
    deleting were tried on every other's folders and outside all folders, and refused; so was deleting own versions.
Why: what the store does counts, not what its policies look like.
Fix: `aqdata refresh` shows which policy differs, `aqdata up` sets the declared ones again.
"""

from collections.abc import Iterator

from policies.rule import Severity, Unknown
from policies.scopes.objects import StoreUser, store_owners

SCOPE = store_owners
PLANES = ("live",)
SEVERITY = Severity.CRITICAL
CLAUSES = ("PCI DSS 7.2", "seed: files")
BAD = "mc admin policy attach store readonly --user pgbackrest-postgres-user"
GOOD = "mc admin user enable store pgbackrest-postgres-user"


def check(user: StoreUser) -> Iterator[str]:
    foreign = [probe for probe in user.probes if not probe.is_own]
    if not foreign:
        raise Unknown("nothing was tried on others' folders")
    reached = [probe for probe in foreign if probe.outcome == "done"]
    for probe in reached:
        yield f"{probe.operation} on {probe.target} of {probe.owner} was allowed"
    unclear = next((probe for probe in foreign if probe.outcome == "error"), None)
    if unclear and not reached:
        raise Unknown(f"{unclear.operation} on {unclear.target}: {unclear.message}")
