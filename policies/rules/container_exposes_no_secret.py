"""No secret stands where others can read it.

What: none of the stack's passwords is in a container's environment, labels, arguments, process list or log.
Why: everybody who may inspect the container, or reads the collected logs, has the password.
Fix: mount the secret as a file; rotate it with `aqdata up --replace <password>`.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.containers import StackContainer, containers

SCOPE = containers
PLANES = ("live",)
SEVERITY = Severity.CRITICAL
CLAUSES = ("CIS Docker 4.10", "PCI DSS 8.6.2", "PCI DSS 3.3")
BAD = "envs: [GREETING=correct-horse-battery]"
GOOD = "envs: [GREETING=hello]"


def check(subject: StackContainer) -> Iterator[str]:
    for place in subject.container.exposed_secrets:
        yield f"a password of the stack stands in its {place}"
