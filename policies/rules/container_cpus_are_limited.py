"""Every container has its declared share of processors.

What: the CPU limit is the declared one.
Why: one server's load must not stop the others' health checks.
Fix: set `limits.cpus` in the stack file and deploy.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.containers import StackContainer, containers

SCOPE = containers
PLANES = ("plan", "live")
SEVERITY = Severity.LOW
CLAUSES = ("CIS Docker 5.12",)
BAD = "cpus: '0'"
GOOD = "cpus: '1'"


def check(subject: StackContainer) -> Iterator[str]:
    container, limits = subject.container, subject.limits
    if container.cpus <= 0:
        yield "has no CPU limit"
    elif limits and abs(container.cpus - limits.cpus) > 0.001:
        yield f"may use {container.cpus:g} CPUs, declared are {limits.cpus:g}"
