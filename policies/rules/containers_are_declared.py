"""The stack has no container that nobody declared.

What: every container with the stack's prefix belongs to an instance, cache server, object store or a part that the
    program declares for high availability.
Why: a container beside the declared ones shares their networks.
Fix: `docker rm --force <container>`
"""

from collections.abc import Iterator

from infra.model.containers import declared_limits
from policies.rule import Severity
from policies.scopes.containers import StackContainer, containers

SCOPE = containers
PLANES = ("plan", "live")
SEVERITY = Severity.HIGH
CLAUSES = ("PCI DSS 2.2.1", "drift")
BAD = "name: aqstream-dev-intruder"
GOOD = "name: aqstream-dev-postgres-shared"


def check(subject: StackContainer) -> Iterator[str]:
    known = (*declared_limits(subject.stack), *subject.stack.instances)
    if not subject.short.startswith(known):
        yield "is not declared"
