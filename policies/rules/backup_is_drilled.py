"""Every production instance was restored within the last eight days.

What: a drill of the instance passed by the time that its report states, and the chain of reports is whole.
Why: a backup that was never restored is a hope.
Fix: `aqdata drill --all --stack STACK`, weekly
"""

from collections.abc import Iterator

from infra.model.backups import DAY
from policies.rule import Severity
from policies.scopes.backups import HOUR, BackedUp, production_instances

SCOPE = production_instances
PLANES = ("live",)
SEVERITY = Severity.HIGH
CLAUSES = ("seed: backups",)
BAD = "{drilled: 9d}"
GOOD = "{drilled: 7d}"
LONGEST_PAUSE = 8 * DAY


def check(backups: BackedUp) -> Iterator[str]:
    drilled, now = backups.found.drilled, backups.found.read_at
    yield from backups.found.chain_problems
    if drilled is None:
        yield "no drill has passed"
    elif drilled > now + HOUR:
        yield "the last passed drill is dated in the future"
    elif now - drilled > LONGEST_PAUSE:
        yield f"the last passed drill is {(now - drilled) // DAY} days old"
