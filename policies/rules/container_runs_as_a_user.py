"""No container runs as root.

What: each container names a user other than root and 0.
Why: root in the container is root wherever it gets out.
Fix: `user: "999:999"`
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.containers import StackContainer, containers

SCOPE = containers
PLANES = ("plan", "live")
SEVERITY = Severity.HIGH
CLAUSES = ("CIS Docker 4.1",)
BAD = "user: root"
GOOD = "user: postgres"


def check(subject: StackContainer) -> Iterator[str]:
    user = subject.container.user.partition(":")[0]
    if user in ("", "0", "root"):
        yield f"runs as {user or 'the default user of its image'}"
