"""The newest full backup is from today.

What: a full ended within the last 26 hours, or archiving began less than an hour ago and the first is on its way.
Why: a restore from an older full replays more WAL than the declared time allows, and a day of fulls is missing.
Fix: `aqdata backup run`; then see why the scheduler did not.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.backups import HOUR, LATEST_FULL_WITHIN, BackedUp, backed_up_instances

SCOPE = backed_up_instances
PLANES = ("live",)
SEVERITY = Severity.HIGH
CLAUSES = ("seed: backups",)
BAD = "{newest_full: 27h}"
GOOD = "{newest_full: 25h}"


def check(backups: BackedUp) -> Iterator[str]:
    newest = backups.found.newest_full
    if newest is None:
        if not backups.is_new:
            yield "there is no full backup"
    elif backups.found.read_at - newest > LATEST_FULL_WITHIN:
        yield f"the newest full is {(backups.found.read_at - newest) // HOUR} hours old"
