"""A network of one instance's own has nobody else on it.

What: a network that an instance declares for itself carries that instance's containers only; its `-backup` link
    carries it and the object store, its `-cache` link the cache servers, its `-control` link it and etcd.
Why: card data stays in a segment that no other service's container is in.
Fix: `docker network disconnect <network> <container>`
"""

from collections.abc import Iterator

from infra.model.stack import SHARED_NETWORK
from policies.rule import Severity
from policies.scopes.containers import STORE, StackNetwork, networks

SCOPE = networks
PLANES = ("plan", "live")
SEVERITY = Severity.CRITICAL
CLAUSES = ("PCI DSS 1.2", "PCI DSS 1.4", "CIS Docker 5.30")
BAD = "{container: aqstream-dev-postgres-user, network: aqstream-dev-payment}"
GOOD = "{container: aqstream-dev-minio, network: aqstream-dev-payment-backup}"


def check(subject: StackNetwork) -> Iterator[str]:
    admitted = _admitted(subject)
    for name in subject.attached if admitted is not None else ():
        short = name.removeprefix(subject.stack.physical(""))
        if not short.startswith(admitted or ()):
            yield f"{name} is on it"


def _admitted(subject: StackNetwork) -> tuple[str, ...] | None:
    own = {instance.network for instance in subject.stack.instances.values()} - {SHARED_NETWORK}
    for network in own:
        members = tuple(name for name, instance in subject.stack.instances.items() if instance.network == network)
        links = {network: members, f"{network}-backup": (*members, STORE), f"{network}-cache": ("redis",)}
        links[f"{network}-control"] = (*members, *subject.stack.etcd_nodes)
        if subject.short in links:
            return links[subject.short]
    return None
