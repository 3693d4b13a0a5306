"""Every container is on its declared networks only.

What: an instance is on its own network and that network's backup link, or on the shared one; no container is on
    Docker's default bridge or on a network outside the stack.
Why: a container on two networks is a bridge between them.
Fix: `docker network disconnect <network> <container>`
"""

from collections.abc import Iterator

from infra.model.stack import SHARED_NETWORK
from policies.rule import Severity
from policies.scopes.containers import StackContainer, containers

SCOPE = containers
PLANES = ("plan", "live")
SEVERITY = Severity.CRITICAL
CLAUSES = ("PCI DSS 1.2", "CIS Docker 5.30")
BAD = "networksAdvanced: [{name: aqstream-dev-shared}, {name: aqstream-dev-payment}]"
GOOD = "networksAdvanced: [{name: aqstream-dev-shared}]"


def check(subject: StackContainer) -> Iterator[str]:
    prefix = subject.stack.physical("")
    for network in subject.container.networks:
        if not network.startswith(prefix):
            yield f"is on {network}, which is no network of the stack"
        elif network.removeprefix(prefix) not in _declared(subject, network.removeprefix(prefix)):
            yield f"is on {network}"


def _declared(subject: StackContainer, joined: str) -> tuple[str, ...]:
    instance = subject.stack.instances.get(subject.short)
    if instance is None:
        return (joined,)
    is_shared = instance.network == SHARED_NETWORK
    return (SHARED_NETWORK,) if is_shared else (instance.network, f"{instance.network}-backup")
