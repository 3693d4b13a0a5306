"""Every published port is a declared one on the declared address.

What: each container publishes the port that the stack file gives it, on the stack's address, and no other.
Why: a port on 0.0.0.0 is open to every network that the host is on.
Fix: set `address:` and the ports in the stack file; `aqdata up` replaces the container.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.containers import StackContainer, containers

SCOPE = containers
PLANES = ("plan", "live")
SEVERITY = Severity.CRITICAL
CLAUSES = ("CIS Docker 5.14", "PCI DSS 1.3")
BAD = "ports: [{internal: 5432, external: 54329, ip: 0.0.0.0}]"
GOOD = "ports: [{internal: 5432, external: 5432, ip: 127.0.0.1}]"


def check(subject: StackContainer) -> Iterator[str]:
    stack, declared = subject.stack, subject.stack.published_by(subject.short)
    for port in subject.container.ports:
        address = stack.address_of(subject.short)
        if port.address != address:
            yield f"port {port.host_port} is published on {port.address}, declared is {address}"
        if port.host_port not in declared:
            known = " and ".join(map(str, sorted(declared))) or "none"
            yield f"port {port.host_port} is published, declared is {known}"
