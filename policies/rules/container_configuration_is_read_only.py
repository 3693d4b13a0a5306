"""Configuration and secrets are mounted read-only.

What: the volume on /etc/aqstream is read-only.
Why: a server that may write its own configuration can be made to keep an intruder's.
Fix: `readOnly: true` on that mount.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.containers import StackContainer, containers

SCOPE = containers
PLANES = ("plan", "live")
SEVERITY = Severity.MEDIUM
CLAUSES = ("CIS Docker 5.13", "PCI DSS 8.6.2")
BAD = "volumes: [{volumeName: example-config, containerPath: /etc/aqstream, readOnly: false}]"
GOOD = "volumes: [{volumeName: example-config, containerPath: /etc/aqstream, readOnly: true}]"


def check(subject: StackContainer) -> Iterator[str]:
    for mount in subject.container.mounts:
        if mount.target.startswith("/etc/") and not mount.is_read_only:
            yield f"may write to {mount.target}"
