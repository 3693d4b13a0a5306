"""What would be deployed keeps backups as declared, encrypted, and each instance's in a place of its own.

What: every planned stanza has the cipher aes-256-cbc, verified TLS, the declared retention, its own folder, and no
    `archive-push-queue-max`.
Why: a review has to find it before the first backup is made without it; afterwards the running stack is judged.
Fix: `repository_settings` in infra/components/pgbackrest.py
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.backups import planned_stanzas
from policies.scopes.resources import PlannedResource

SCOPE = planned_stanzas
PLANES = ("plan",)
SEVERITY = Severity.CRITICAL
CLAUSES = ("seed: backups",)
BAD = """
type: aqstream:backup:Stanza
inputs:
  stanza: postgres-user
  settings:
    repo1-path: /postgres-user
    repo1-cipher-type: none
    repo1-storage-verify-tls: "y"
    repo1-retention-full-type: time
    repo1-retention-full: '30'
    repo1-retention-archive-type: full
    repo1-retention-archive: '8'
"""
GOOD = """
type: aqstream:backup:Stanza
inputs:
  stanza: postgres-user
  settings:
    repo1-path: /postgres-user
    repo1-cipher-type: aes-256-cbc
    repo1-storage-verify-tls: "y"
    repo1-retention-full-type: time
    repo1-retention-full: '30'
    repo1-retention-archive-type: full
    repo1-retention-archive: '8'
"""


def check(subject: PlannedResource) -> Iterator[str]:
    settings, backups = subject.resource.inputs.get("settings", {}), subject.stack.backups
    expected = {
        "repo1-path": f"/{subject.resource.inputs.get('stanza')}",
        "repo1-cipher-type": "aes-256-cbc",
        "repo1-storage-verify-tls": "y",
        "repo1-retention-full-type": "time",
        "repo1-retention-full": str(backups.full_days),
        "repo1-retention-archive-type": "full",
        "repo1-retention-archive": str(backups.archived_fulls),
    }
    for name, value in expected.items():
        if (found := settings.get(name, "not set")) != value:
            yield f"{name} is {found}, expected {value}"
    if "archive-push-queue-max" in settings:
        yield "archive-push-queue-max is set"
