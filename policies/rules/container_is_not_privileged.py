"""No container is privileged.

What: no container runs with `privileged`.
Why: a privileged container is root on the host.
Fix: remove `privileged`; grant the single capability that is missing, if any.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.containers import StackContainer, containers

SCOPE = containers
PLANES = ("plan", "live")
SEVERITY = Severity.CRITICAL
CLAUSES = ("CIS Docker 5.5",)
BAD = "privileged: true"
GOOD = "privileged: false"


def check(subject: StackContainer) -> Iterator[str]:
    if subject.container.is_privileged:
        yield "is privileged"
