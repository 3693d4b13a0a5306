"""No day is without its full backup.

What: neighbouring fulls ended at most 26 hours apart.
Why: the seed promises a full of each of the last 30 days, and retention counts backups, so a gap moves the window.
Fix: none for the past; `aqdata backup list` shows which day, the container's log says why.
"""

from collections.abc import Iterator
from itertools import pairwise

from policies.rule import Severity
from policies.scopes.backups import LATEST_FULL_WITHIN, BackedUp, backed_up_instances

SCOPE = backed_up_instances
PLANES = ("live",)
SEVERITY = Severity.MEDIUM
CLAUSES = ("seed: backups",)
BAD = "{missing_full: 3}"
GOOD = "{fulls: 12}"


def check(backups: BackedUp) -> Iterator[str]:
    fulls = backups.found.repository.fulls
    for one, other in pairwise(fulls):
        if other.stop - one.stop > LATEST_FULL_WITHIN:
            yield f"no full between {one.label} and {other.label}"
