"""Every moment of the declared recovery window can be restored.

What: the measured window reaches back as far as declared, or to the first full of an instance that is younger.
Why: retention is set in backups, not in days: an extra full shortens the window without changing a setting.
Fix: it grows again with each day; raise `backups.recoveryWindow` where extra fulls are a habit.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.backups import HOUR, BackedUp, backed_up_instances

SCOPE = backed_up_instances
PLANES = ("live",)
SEVERITY = Severity.HIGH
CLAUSES = ("seed: backups",)
BAD = "{window: 5d}"
GOOD = "{window: 8d}"
SLACK = 60


def check(backups: BackedUp) -> Iterator[str]:
    window = backups.found.window
    if window.earliest is None:
        if not backups.is_new:
            yield "nothing can be restored"
        return
    reaches = backups.found.read_at - window.earliest
    if reaches < backups.required_window - SLACK:
        yield f"reaches back {reaches // HOUR} hours, expected {backups.required_window // HOUR}"
