"""No container can gain privileges.

What: each container has `no-new-privileges`.
Why: without it a set-user-id program inside makes its caller root in the container.
Fix: `securityOpts: [no-new-privileges:true]`
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.containers import StackContainer, containers

SCOPE = containers
PLANES = ("plan", "live")
SEVERITY = Severity.HIGH
CLAUSES = ("CIS Docker 5.26",)
BAD = "securityOpts: []"
GOOD = "securityOpts: ['no-new-privileges']"


def check(subject: StackContainer) -> Iterator[str]:
    if not subject.container.has_no_new_privileges:
        yield "lacks no-new-privileges"
