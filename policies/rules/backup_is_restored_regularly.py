"""Every instance restores its newest backup regularly, beside its data.

What: the check in the instance's container, of several nodes in any one's, passed within the declared time and a day,
    and has not failed since; an instance that began to archive less than a day ago may still wait for its first one.
    It passes a copy whose pages and indexes are whole and in which all that isolates tenants is as in the instance.
Why: a repository that lists well may still not restore, and it is noticed when nothing else is left.
Fix: the message says why it failed; `docker exec INSTANCE aqstream-restore-check --now` with the crontab's options.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.backups import BackedUp, backed_up_instances

SCOPE = backed_up_instances
PLANES = ("live",)
SEVERITY = Severity.HIGH
CLAUSES = ("seed: backups",)
BAD = "{restored: 9d}"
GOOD = "{restored: 7d}"


def check(backups: BackedUp) -> Iterator[str]:
    found, every = backups.found.restore_check, backups.declared.restore_check_every
    never, late = "no restore has passed yet", "the last restore that passed is {:.0f} days old"
    yield from backups.lateness(found, every, never=never, late=late)
    if found and found.failures:
        yield f"{found.failures} restores failed in a row: {found.message}"
