"""Backups are encrypted before they leave the instance.

What: the repository's cipher is aes-256-cbc and the store is reached over verified TLS.
Why: the bucket holds every tenant's rows; whoever reads it must not read them.
Fix: redeploy the instance's files; a repository made without a cipher has to be made anew.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.backups import BackedUp, backed_up_instances

SCOPE = backed_up_instances
PLANES = ("live",)
SEVERITY = Severity.CRITICAL
CLAUSES = ("seed: backups",)
BAD = "{cipher: none}"
GOOD = "{cipher: aes-256-cbc}"


def check(backups: BackedUp) -> Iterator[str]:
    if backups.found.repository.cipher != "aes-256-cbc":
        yield f"the repository's cipher is {backups.found.repository.cipher}"
    yield from backups.is_option("repo1-cipher-type", "aes-256-cbc")
    yield from backups.is_option("repo1-storage-verify-tls", "y")
