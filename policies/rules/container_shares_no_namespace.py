"""No container shares a namespace of the host or of another container.

What: network, PID and IPC namespaces are the container's own.
Why: in the host's network every port is open; in the host's PID namespace every process is visible.
Fix: remove `networkMode: host`, `pidMode` and `ipcMode`.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.containers import StackContainer, containers

SCOPE = containers
PLANES = ("plan", "live")
SEVERITY = Severity.CRITICAL
CLAUSES = ("CIS Docker 5.10", "CIS Docker 5.16", "CIS Docker 5.17")
BAD = "pidMode: host"
GOOD = "ipcMode: private"


def check(subject: StackContainer) -> Iterator[str]:
    container = subject.container
    modes = {"network": container.network_mode, "PID": container.pid_mode, "IPC": container.ipc_mode}
    for kind, mode in modes.items():
        if mode == "host" or mode.startswith("container:"):
            yield f"shares the {kind} namespace of {mode}"
