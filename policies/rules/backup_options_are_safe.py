"""pgBackRest never drops WAL and keeps what is declared.

What: `archive-push-queue-max` is not set, and retention is as the stack declares it.
Why: beyond the queue's size pgBackRest throws WAL away and reports success.
Fix: `aqdata up` writes the declared options again.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.backups import BackedUp, backed_up_instances

SCOPE = backed_up_instances
PLANES = ("live",)
SEVERITY = Severity.CRITICAL
CLAUSES = ("seed: backups",)
BAD = "{options: {archive-push-queue-max: 1GiB}}"
GOOD = "{options: {process-max: '4'}}"


def check(backups: BackedUp) -> Iterator[str]:
    declared = backups.declared
    if "archive-push-queue-max" in backups.found.options:
        yield "archive-push-queue-max is set"
    yield from backups.is_option("repo1-retention-full-type", "time")
    yield from backups.is_option("repo1-retention-full", str(declared.full_days))
    yield from backups.is_option("repo1-retention-archive-type", "full")
    yield from backups.is_option("repo1-retention-archive", str(declared.archived_fulls))
