"""Every object of a repository is read regularly, and none is damaged.

What: the reading of all backups and all WAL in the instance's container, of several nodes in any one's, found every
    checksum right within the declared time and a day; an instance that began to archive less than a day ago may still
    wait for its first one.
Why: a byte that flips in a store shows only when it is read, and a restore reads the newest backup only.
Fix: the message names the objects; `aqdata backup run` makes a whole backup beside a damaged one, and
    `pgbackrest expire --set=LABEL` in the container removes that; then `aqdata backup verify` reads everything again.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.backups import BackedUp, backed_up_instances

SCOPE = backed_up_instances
PLANES = ("live",)
SEVERITY = Severity.HIGH
CLAUSES = ("seed: backups",)
BAD = "{verified: 9d}"
GOOD = "{verified: 7d}"


def check(backups: BackedUp) -> Iterator[str]:
    found, every = backups.found.repository_check, backups.declared.verify_every
    never, late = "the repository was never read as a whole", "the repository was last read {:.0f} days ago"
    yield from backups.lateness(found, every, never=never, late=late)
    if found and found.failures:
        yield found.message
