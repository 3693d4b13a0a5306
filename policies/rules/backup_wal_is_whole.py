"""No archived WAL segment is missing.

What: WAL is contiguous from the start of the oldest full whose WAL is kept, and inside every backup.
Why: a restore stops at the gap without a word, and a backup without its own WAL cannot be restored at all.
Fix: `aqdata backup run` starts a whole chain; `aqdata backup window` shows what the gap has taken.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.backups import BackedUp, backed_up_instances

SCOPE = backed_up_instances
PLANES = ("live",)
SEVERITY = Severity.CRITICAL
CLAUSES = ("seed: backups",)
BAD = "{lost_segment: 700}"
GOOD = "{lost_segment: none}"


def check(backups: BackedUp) -> Iterator[str]:
    for gap in backups.found.window.gaps:
        yield f"{gap.count} segments are missing from {gap.first.name} on"
    for backup in backups.found.window.broken:
        yield f"backup {backup.label} lacks WAL of its own and cannot be restored"
