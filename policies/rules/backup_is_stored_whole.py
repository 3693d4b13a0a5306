"""The repository holds every byte of the backups that it lists.

What: each backup's folder has at least as many bytes as pgBackRest stored in it.
Why: pgBackRest lists what its index says; files that somebody removed are missed when a restore asks for them.
Fix: `aqdata backup verify` names the files; restore them from the bucket's versions, or make a new full.
"""

from collections.abc import Iterator

from policies.rule import Severity, Unknown
from policies.scopes.backups import BackedUp, backed_up_instances

SCOPE = backed_up_instances
PLANES = ("live",)
SEVERITY = Severity.CRITICAL
CLAUSES = ("seed: backups",)
BAD = "{removed_backup: 3}"
GOOD = "{removed_backup: none}"


def check(backups: BackedUp) -> Iterator[str]:
    stored = backups.found.stored
    if stored is None:
        raise Unknown("the backups' folders were not listed")
    for backup in backups.found.repository.backups:
        if stored.get(backup.label, 0) < backup.stored:
            yield f"backup {backup.label} has {stored.get(backup.label, 0)} of its {backup.stored} bytes"
