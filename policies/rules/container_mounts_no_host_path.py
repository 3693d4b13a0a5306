"""No container mounts a path of the host.

What: every mount is a named volume or a tmpfs; the Docker socket above all is not mounted.
Why: the socket is root on the host; any other path ties the data to one machine and its file modes.
Fix: use a named volume.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.containers import StackContainer, containers

SCOPE = containers
PLANES = ("plan", "live")
SEVERITY = Severity.CRITICAL
CLAUSES = ("CIS Docker 5.6", "CIS Docker 5.32")
BAD = "volumes: [{hostPath: /var/run/docker.sock, containerPath: /var/run/docker.sock}]"
GOOD = "volumes: [{volumeName: example-data, containerPath: /var/lib/postgresql}]"


def check(subject: StackContainer) -> Iterator[str]:
    for mount in subject.container.mounts:
        if mount.kind not in ("volume", "tmpfs"):
            yield f"mounts {mount.source} of the host on {mount.target}"
