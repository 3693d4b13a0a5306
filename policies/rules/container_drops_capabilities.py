"""Every container drops all capabilities.

What: each container drops ALL capabilities and adds none back.
Why: the servers need none; each one left is a step to the host.
Fix: `capabilities: {drops: [ALL], adds: []}`
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.containers import StackContainer, containers

SCOPE = containers
PLANES = ("plan", "live")
SEVERITY = Severity.HIGH
CLAUSES = ("CIS Docker 5.4",)
BAD = "capabilities: {drops: [ALL], adds: [NET_ADMIN]}"
GOOD = "capabilities: {drops: [ALL], adds: []}"


def check(subject: StackContainer) -> Iterator[str]:
    if not subject.container.drops_all_capabilities:
        yield "keeps Docker's default capabilities"
    if subject.container.added_capabilities:
        yield f"adds {', '.join(subject.container.added_capabilities)}"
