"""Each instance reaches its own backups with its own login, and no other's.

What: pgBackRest's access key is that of the instance's user in the store, and its folder is named like the instance.
Why: with a shared login, or in a shared folder, whoever takes one instance can delete the backups of all.
Fix: `aqdata up` writes the declared options again.
"""

from collections.abc import Iterator

from infra.model.object_access import backup_user
from policies.rule import Severity
from policies.scopes.backups import BackedUp, backed_up_instances

SCOPE = backed_up_instances
PLANES = ("live",)
SEVERITY = Severity.HIGH
CLAUSES = ("seed: backups",)
BAD = "{options: {repo1-s3-key: pgbackrest-postgres-shared}}"
GOOD = "{options: {repo1-s3-key: pgbackrest-postgres-user}}"


def check(backups: BackedUp) -> Iterator[str]:
    yield from backups.is_option("repo1-s3-key", backup_user(backups.found.instance))
    yield from backups.is_option("repo1-path", f"/{backups.found.instance}")
