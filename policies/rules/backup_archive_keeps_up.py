"""WAL does not pile up before it is archived.

What: at most 8 finished segments wait for the archiver.
Why: what waits is lost with the host, and in the end it fills the disk.
Fix: `aqdata backup check` names the cause; the segments go on by themselves once the store answers.
"""

from collections.abc import Iterator

from policies.rule import Severity, Unknown
from policies.scopes.backups import BackedUp, backed_up_instances

SCOPE = backed_up_instances
PLANES = ("live",)
SEVERITY = Severity.HIGH
CLAUSES = ("seed: backups",)
BAD = "{waiting: 9}"
GOOD = "{waiting: 8}"
MOST_WAITING = 8


def check(backups: BackedUp) -> Iterator[str]:
    if backups.found.waiting is None:
        raise Unknown("the waiting segments were not counted")
    if backups.found.waiting > MOST_WAITING:
        yield f"{backups.found.waiting} WAL segments wait to be archived"
