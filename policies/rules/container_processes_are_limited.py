"""Every container has its declared limit of processes.

What: the pids limit is the declared one.
Why: without it a fork bomb in one container stops the host.
Fix: set `limits.pids` in the stack file and deploy.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.containers import StackContainer, containers

SCOPE = containers
PLANES = ("plan", "live")
SEVERITY = Severity.MEDIUM
CLAUSES = ("CIS Docker 5.29",)
BAD = "pids: 0"
GOOD = "pids: 512"


def check(subject: StackContainer) -> Iterator[str]:
    pids, limits = subject.container.pids, subject.limits
    if pids <= 0:
        yield "has no limit of processes"
    elif limits and pids != limits.pids:
        yield f"may have {pids} processes, declared are {limits.pids}"
