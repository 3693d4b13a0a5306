"""Every container has its declared memory limit, and no swap.

What: the memory limit is the declared one, and memory and swap together are no more.
Why: without it one server takes the memory of all, and a database that swaps answers nobody.
Fix: set `limits.memory` in the stack file and deploy.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.containers import StackContainer, containers

SCOPE = containers
PLANES = ("plan", "live")
SEVERITY = Severity.MEDIUM
CLAUSES = ("CIS Docker 5.11",)
BAD = "memory: 0"
GOOD = "memory: 512"


def check(subject: StackContainer) -> Iterator[str]:
    container, limits = subject.container, subject.limits
    if container.memory <= 0:
        yield "has no memory limit"
    elif limits and container.memory != limits.memory:
        yield f"may use {container.memory >> 20} MiB, declared are {limits.memory >> 20}"
    if container.memory > 0 and container.memory_swap not in (0, container.memory):
        yield "may swap"
