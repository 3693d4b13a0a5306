"""Nobody told pgBackRest to stop.

What: there is no stop file among its locks.
Why: `pgbackrest stop` lets archiving and backups fail until `start`, and a restart of the server does not end it.
Fix: `pgbackrest --stanza=<instance> start` in the instance's container.
"""

from collections.abc import Iterator

from policies.rule import Severity, Unknown
from policies.scopes.backups import BackedUp, backed_up_instances

SCOPE = backed_up_instances
PLANES = ("live",)
SEVERITY = Severity.CRITICAL
CLAUSES = ("seed: backups",)
BAD = "{is_stopped: true}"
GOOD = "{is_stopped: false}"


def check(backups: BackedUp) -> Iterator[str]:
    if backups.found.is_stopped is None:
        raise Unknown("the stop files were not looked for")
    if backups.found.is_stopped:
        yield "pgBackRest was told to stop"
