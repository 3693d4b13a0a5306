"""No container has a device of the host.

What: no device of the host is passed into a container.
Why: a disk as a device is every file on it, whatever its mode.
Fix: remove `devices`.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.containers import StackContainer, containers

SCOPE = containers
PLANES = ("plan", "live")
SEVERITY = Severity.HIGH
CLAUSES = ("CIS Docker 5.18",)
BAD = "devices: [{hostPath: /dev/fuse, containerPath: /dev/fuse, permissions: rwm}]"
GOOD = "devices: []"


def check(subject: StackContainer) -> Iterator[str]:
    for device in subject.container.devices:
        yield f"has the host's {device}"
