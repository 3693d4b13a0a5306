"""The disk that waiting WAL lies on has room for more.

What: at least a tenth of the volume of the instance's data is free, or five gigabytes of a large one.
Why: while the object store is away WAL stays there and nothing is dropped; when that disk is full the server stops.
Fix: `aqdata backup check` names why WAL waits; otherwise give the volume more room.
"""

from collections.abc import Iterator

from policies.rule import Severity, Unknown
from policies.scopes.backups import BackedUp, backed_up_instances

SCOPE = backed_up_instances
PLANES = ("live",)
SEVERITY = Severity.HIGH
CLAUSES = ("seed: backups",)
BAD = "{disk: [100000000000, 4000000000]}"
GOOD = "{disk: [20000000000, 2500000000]}"
LEAST_SHARE = 0.1
ENOUGH_BYTES = 5_000_000_000


def check(backups: BackedUp) -> Iterator[str]:
    if backups.found.disk is None:
        raise Unknown("the disk was not looked at")
    size, free = backups.found.disk
    if free < min(ENOUGH_BYTES, LEAST_SHARE * size):
        yield f"{free // 1_000_000} of {size // 1_000_000} MB are free"
