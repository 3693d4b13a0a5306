"""Instances with replicas and the consensus store, beside what the stack declares of them."""

from collections.abc import Iterator
from dataclasses import dataclass

from infra.model.stack import Instance, Stack
from policies.facts.facts import Facts
from policies.facts.replication import ConsensusNode, Replication
from policies.rule import Scope


@dataclass(frozen=True)
class ReplicatedInstance:
    """One of them with what was found."""

    stack: Stack
    instance: Instance
    found: Replication

    @property
    def address(self) -> str:
        """`postgres-user replication`."""
        return f"{self.found.instance} replication"

    @property
    def node_names(self) -> tuple[str, ...]:
        """The declared nodes."""
        return self.instance.nodes(self.found.instance)


@dataclass(frozen=True)
class Consensus:
    """The consensus store of a stack that has replicas."""

    stack: Stack
    nodes: tuple[ConsensusNode, ...]

    @property
    def address(self) -> str:
        """There is one."""
        return "etcd"


def _instances(facts: Facts) -> Iterator[ReplicatedInstance]:
    declared = facts.intent.stack.instances
    for name, found in facts.replication.items():
        yield ReplicatedInstance(facts.intent.stack, declared[name], found)


def _consensus(facts: Facts) -> Iterator[Consensus]:
    if facts.intent.stack.replicated:
        yield Consensus(facts.intent.stack, facts.consensus)


replicated_instances = Scope("instances with replicas", "replication", _instances)
consensus = Scope("consensus stores", "replication", _consensus)
