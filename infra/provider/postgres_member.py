"""`aqstream:postgres:Member`: a node that follows or leads its cluster; what replaces it hands over first."""

import time
from collections.abc import Sequence
from contextlib import suppress
from typing import ClassVar

from infra.host.docker_api import container_exists
from infra.model.availability import pooler_of, proxy_of
from infra.model.declaration import Declaration
from infra.model.errors import NobodyLeads, ResourceError
from infra.patroni.cluster import Cluster, best_candidate
from infra.patroni.cluster import Member as ClusterMember
from infra.patroni.node import Node
from infra.patroni.turn import TURNS
from infra.provider.resource_type import Created, ResourceType, State
from infra.waiting import Deadline

_JOIN_SECONDS = 180.0
_TURN_SECONDS = 15.0
_POLL_SECONDS = 0.3
_HINT = "aqdata status; docker logs says more"


class MemberInputs(Declaration):
    """`node`: the member's name; `containers`: those of all nodes, this one's first; `containerId` changes with it.

    `following`: the containers of the nodes that are renewed after it.
    """

    node: str
    container_id: str
    containers: tuple[str, ...]
    following: tuple[str, ...] = ()


class MemberType(ResourceType[MemberInputs]):
    """Created, it waits until the node streams from the primary or is it; so nodes are renewed one after another.

    The first one leads before others start: where they have volumes of a time when the instance had them before, one of
    them might come first. Else, where those that follow are not there yet, nobody has to be waited for.

    Deleted, which comes before its container's replacement, it makes another node the primary: writes pause for a
    switchover and not for a failover. Where a plain server follows on its volume, the other nodes are stopped instead,
    for what they were told after it would be lost, and so is the way to them, which has the plain server's port.
    """

    token = "aqstream:postgres:Member"  # noqa: S105 a type's name
    inputs = MemberInputs
    replaced_by: ClassVar[frozenset[str]] = frozenset({"node", "containerId"})

    def create(self, inputs: MemberInputs) -> Created:
        # The last one is waited for by its cluster.
        if inputs.following:
            try:
                self._await_joined(inputs)
            finally:
                TURNS.come_back(inputs.containers[0])
        return Created(inputs.node)

    def delete(self, identifier: str, state: State) -> None:
        own, *others = state["containers"]
        cluster = Cluster(state["containers"])
        if _leads(cluster.members(), identifier):
            if Node(own).is_to_be_plain:
                _stop_all(own, others)
                return
            if TURNS.is_dismissed(own):
                return
            with TURNS.alone():
                _give_way(cluster, identifier)
        TURNS.leave(own)

    def _await_joined(self, inputs: MemberInputs) -> None:
        is_first = len(inputs.following) == len(inputs.containers) - 1
        if is_first or any(map(container_exists, inputs.following)):
            _await_membership(inputs)


def _stop_all(own: str, others: Sequence[str]) -> None:
    instance = own.rpartition("-")[0]
    for each in (*others, proxy_of(instance), pooler_of(instance)):
        Node(each).stop()


def _leads(members: Sequence[ClusterMember], name: str) -> bool:
    return any(member.is_leader and member.name == name for member in members)


def _give_way(cluster: Cluster, name: str) -> None:
    """To whoever can take over by the time that it is this one's turn; nothing where it lost the lead meanwhile."""
    members = cluster.members()
    candidate = best_candidate(members, [])
    if candidate is not None and _leads(members, name):
        with suppress(NobodyLeads):
            cluster.hand_over(candidate)


def _await_membership(inputs: MemberInputs) -> None:
    deadline = Deadline(_JOIN_SECONDS)
    while not _has_joined(inputs):
        if Cluster(inputs.containers).is_copied_to([inputs.node]):
            deadline.begin_again()
        if deadline.is_over:
            raise ResourceError(f"{inputs.node} neither leads nor streams within {_JOIN_SECONDS:.0f} s", _HINT)
        time.sleep(_POLL_SECONDS)


def _has_joined(inputs: MemberInputs) -> bool:
    """The primary may not know the password yet with which the node comes, so that is seen to before each look."""
    is_open = Cluster(inputs.containers).is_open()
    return not Node(inputs.containers[0]).missing([inputs.node], _TURN_SECONDS if is_open else 0)
