"""What holds data is protected where the stack is.

What: in a stack with `protect: true` each volume that holds data is protected and kept when it leaves the program.
Why: one renamed resource would otherwise delete a database.
Fix: set `protect` and `retain_on_delete` on the volume.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.resources import PlannedResource, data_volumes

SCOPE = data_volumes
PLANES = ("plan",)
SEVERITY = Severity.CRITICAL
CLAUSES = ("seed: backups", "PCI DSS 10.5.1")
BAD = "{protect: false}"
GOOD = "{protect: true, retainOnDelete: true}"


def check(subject: PlannedResource) -> Iterator[str]:
    if subject.stack.protect and not subject.resource.protect:
        yield "holds data and is not protected"
    if subject.stack.protect and subject.resource.retain_on_delete is False:
        yield "holds data and is deleted with its resource"
