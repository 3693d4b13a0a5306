"""Every container's root file system is read-only.

What: each container has a read-only root; what it writes lies in volumes and tmpfs.
Why: an intruder cannot replace a program, and nothing that matters lies where a replacement deletes it.
Fix: `readOnly: true`, with a tmpfs where the server writes.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.containers import StackContainer, containers

SCOPE = containers
PLANES = ("plan", "live")
SEVERITY = Severity.MEDIUM
CLAUSES = ("CIS Docker 5.13",)
BAD = "readOnly: false"
GOOD = "readOnly: true"


def check(subject: StackContainer) -> Iterator[str]:
    if not subject.container.has_read_only_root:
        yield "may write to its root file system"
