"""Every production instance was restored within the last eight days.

What: a drill of the instance passed and its report is kept.
Why: a backup that was never restored is a hope.
Fix: `aqdata drill --all --stack STACK`, weekly
"""

from collections.abc import Iterator

from infra.model.backups import DAY
from policies.rule import Severity
from policies.scopes.backups import BackedUp, production_instances

SCOPE = production_instances
PLANES = ("live",)
SEVERITY = Severity.HIGH
CLAUSES = ("seed: backups",)
BAD = "{drilled: 9d}"
GOOD = "{drilled: 7d}"
LONGEST_PAUSE = 8 * DAY


def check(backups: BackedUp) -> Iterator[str]:
    drilled = backups.found.drilled
    if drilled is None:
        yield "no drill has passed"
    elif backups.found.read_at - drilled > LONGEST_PAUSE:
        yield f"the last passed drill is {(backups.found.read_at - drilled) // DAY} days old"
