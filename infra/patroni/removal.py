"""Whether an instance can give up its replicas now: what remains is the first node, so that has to be the primary."""

from infra.host.machines import placed, what_answers
from infra.model.errors import ConfigurationError
from infra.model.stack import Stack
from infra.patroni.cluster import Cluster

_MOST_NODES = 7


def refuse_losing_the_primary(stack: Stack) -> None:
    """Raises ConfigurationError for an instance that is to lose all replicas while one of them is the primary."""
    running, _ = what_answers(placed(stack))
    for name, instance in stack.instances.items():
        nodes = [each for each in _possible_nodes(stack, name) if each in running]
        if nodes and not instance.is_replicated:
            _require_first_leads(stack, name, nodes)


def _possible_nodes(stack: Stack, name: str) -> list[str]:
    return [stack.physical(f"{name}-{number}") for number in range(1, _MOST_NODES + 1)]


def _require_first_leads(stack: Stack, name: str, nodes: list[str]) -> None:
    first = f"{name}-1"
    leader = Cluster(nodes).leader()
    if leader is None:
        raise ConfigurationError(
            f"{name}: without replicas {first} alone would remain, and none of its nodes says who is the primary",
            f"declare its replicas as before and start its nodes: aqdata status --stack {stack.name}",
        )
    if leader.name != first:
        raise ConfigurationError(
            f"{name}: without replicas {first} alone would remain, but {leader.name} is the primary",
            f"with the replicas still declared: aqdata switchover {name} --to {first} --stack {stack.name}",
        )
