"""Every production instance was restored within the last eight days.

What: a drill of the instance passed by the time that its report states, and the chain of reports is whole.
Why: a backup that was never restored is a hope.
Fix: `aqdata drill --all --stack STACK`, weekly
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.backups import BackedUp, production_instances
from policies.scopes.drills import problems

SCOPE = production_instances
PLANES = ("live",)
SEVERITY = Severity.HIGH
CLAUSES = ("seed: backups",)
BAD = "{drilled: 9d}"
GOOD = "{drilled: 7d}"


def check(backups: BackedUp) -> Iterator[str]:
    return problems(backups.found.drills)
