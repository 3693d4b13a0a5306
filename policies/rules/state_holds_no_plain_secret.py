"""No secret stands in the state in plain.

What: none of the stack's passwords and keys is found as it is in any file of the state, its history and its backups.
Why: the state is copied, backed up and read by many tools; its secrets are encrypted so that this is no breach.
Fix: mark the value as a secret where the program makes it, `aqdata up`, remove the old files, then rotate the secret.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.state_files import StackState, state_files

SCOPE = state_files
PLANES = ("live",)
SEVERITY = Severity.CRITICAL
CLAUSES = ("PCI DSS 8.3.2", "PCI DSS 8.6.2")
BAD = "state: plain"
GOOD = "state: encrypted"


def check(state: StackState) -> Iterator[str]:
    if state.file.secrets:
        yield f"holds {state.file.secrets} of the stack's secrets in plain"
