"""Every container has a health check and comes back after a crash.

What: each container has a health check, and a restart policy other than no.
Why: a server that hangs or fell over at night is found by Docker, not by customers.
Fix: set `healthcheck` and `restart: unless-stopped`.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.containers import StackContainer, containers

SCOPE = containers
PLANES = ("plan", "live")
SEVERITY = Severity.MEDIUM
CLAUSES = ("CIS Docker 4.6", "CIS Docker 5.15")
BAD = "restart: 'no'"
GOOD = "restart: on-failure"


def check(subject: StackContainer) -> Iterator[str]:
    if not subject.container.has_healthcheck:
        yield "has no health check"
    if subject.container.restart_policy in ("", "no"):
        yield "is not restarted after a crash"
