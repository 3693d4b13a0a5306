"""pgBackRest finds nothing wrong with the repository.

What: `pgbackrest info` reports status 0, or that the first backup is still due on an instance younger than an hour.
Why: any other status means that the next backup or restore fails.
Fix: `aqdata backup check`
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.backups import BackedUp, backed_up_instances

SCOPE = backed_up_instances
PLANES = ("live",)
SEVERITY = Severity.CRITICAL
CLAUSES = ("seed: backups",)
BAD = "{code: 3}"
GOOD = "{code: 0}"
NO_BACKUP = 2


def check(backups: BackedUp) -> Iterator[str]:
    repository = backups.found.repository
    if repository.code and not (repository.code == NO_BACKUP and backups.is_new):
        yield f"status {repository.code}: {repository.message}"
