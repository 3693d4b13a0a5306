"""Every container is on its declared networks only.

What: an instance is on its own network and that network's backup link, or on the shared one, and with replicas on
    the link to etcd; its proxy and pooler are where its clients are and nowhere else, etcd on its links only, of which
    one leads to the object store; no container is on Docker's default bridge or on a network outside the stack.
Why: a container on two networks is a bridge between them.
Fix: `docker network disconnect <network> <container>`
"""

from collections.abc import Iterator

from infra.model.availability import pooler_of, proxy_of
from infra.model.stack import SHARED_NETWORK, SNAPSHOT_NETWORK, Instance, control_network
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
    stack, short = subject.stack, subject.short
    if short in stack.etcd_nodes:
        return (SNAPSHOT_NETWORK, *stack.control_networks)
    for name, instance in stack.instances.items():
        if short in (proxy_of(name), pooler_of(name)):
            return (instance.network,)
        if short in instance.nodes(name):
            return _of_server(instance)
    return (joined,)


def _of_server(instance: Instance) -> tuple[str, ...]:
    own = () if instance.network == SHARED_NETWORK else (f"{instance.network}-backup",)
    control = (control_network(instance),) if instance.is_replicated else ()
    return (instance.network, *own, *control)
