"""The nodes of an instance with replicas, and the consensus store that decides which of them leads."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Node:
    """One server of a cluster as it answers from inside its container.

    `is_writable` None: the server did not answer, and `reason` says why. `slots`: name -> active, `senders`: replica ->
    sync state, both of `pg_replication_slots` and `pg_stat_replication`. `position`: bytes of WAL that a primary has
    written and a replica replayed since the cluster was made; a replica's is never read before the primary's.
    `free`: bytes left on the disk of its data. `priority`: Patroni's `failover_priority`, which the guard lowers.
    `pending_restart`: settings of which its Patroni says that they wait for one.
    """

    name: str
    is_writable: bool | None = None
    state: str = ""
    timeline: int = 0
    is_replay_paused: bool = False
    apply_delay: int = 0
    receives: str = ""
    position: int | None = None
    free: int | None = None
    priority: int | None = None
    pending_restart: tuple[str, ...] = ()
    slots: Mapping[str, bool] = field(default_factory=dict)
    senders: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""

    @property
    def answers(self) -> bool:
        """Whether it could be asked."""
        return self.is_writable is not None


@dataclass(frozen=True, slots=True)
class Replication:
    """A cluster: its nodes, Patroni's settings for all of them, and what the read-only endpoint leads to.

    `read_only_is_writable` None: nothing answered there, `read_only_reason` says why.
    """

    instance: str
    nodes: tuple[Node, ...]
    shared: Mapping[str, Any] = field(default_factory=dict)
    is_paused: bool = False
    read_only_is_writable: bool | None = None
    read_only_reason: str = ""

    @property
    def writable(self) -> list[Node]:
        """The nodes that take writes."""
        return [node for node in self.nodes if node.is_writable]

    @property
    def replicas(self) -> list[Node]:
        """The nodes that answer and take none."""
        return [node for node in self.nodes if node.is_writable is False]


@dataclass(frozen=True, slots=True)
class ConsensusNode:
    """A node of etcd; one that does not answer has no member number.

    `snapshot_age`: seconds since the newest snapshot in the backup bucket was made; None where the node lists none.
    """

    name: str
    member: int = 0
    leader: int = 0
    term: int = 0
    demands_login: bool = True
    snapshot_age: float | None = None

    @property
    def answers(self) -> bool:
        """Whether it takes part."""
        return self.member != 0
