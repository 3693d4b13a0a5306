"""The nodes of an instance together: who leads, who follows, and how one hands over to another."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import cycle
from typing import Any

from infra.model.errors import NobodyLeads, ResourceError
from infra.patroni.node import Node, State
from infra.waiting import Deadline, await_so

_POLL_SECONDS = 0.3
_HANDOVER_SECONDS = 60.0
_ACCEPTANCE_SECONDS = 20.0
_TURN_SECONDS = 15.0
_UNDECLARED = "aqdata up, which removes it once another one leads; or declare as many replicas as before"
_HINT = "aqdata status; docker logs says more"
_COPYING = "creating replica"
LEADING = frozenset({"leader", "primary", "master", "standby_leader"})
WITHOUT_ROOM = 1
"""The `failover_priority` of a node whose disk is nearly full."""
SYNCHRONOUS = frozenset({"sync_standby", "quorum_standby"})


@dataclass(frozen=True)
class Member:
    """A row of `GET /cluster`; `lag` in bytes, None where it is unknown.

    `has_room`: what the guard of its disk says (`infra/images/patroni/room.py`).
    """

    name: str
    role: str
    state: str
    timeline: int | None = None
    lag: int | None = None
    has_room: bool = True

    @property
    def is_leader(self) -> bool:
        """Whether it takes writes."""
        return self.role in LEADING

    @property
    def is_streaming(self) -> bool:
        """Whether it follows the primary now."""
        return not self.is_leader and self.state == "streaming"


@dataclass(frozen=True)
class Cluster:
    """An instance's cluster by its nodes' containers, each named like its node."""

    containers: Sequence[str]

    def members(self) -> tuple[Member, ...]:
        """What the first node that answers says of all of them; without etcd, what each says of itself."""
        for container in self.containers:
            answer = Node(container).ask("GET", "/cluster")
            if answer and answer.is_ok and isinstance(answer.body, dict):
                return tuple(_member(found) for found in answer.body.get("members", ()))
        return tuple(_alone(state) for state in map(_state, self.containers) if "patroni" in state)

    def leader(self) -> Member | None:
        """The member that holds the lease."""
        return next((member for member in self.members() if member.is_leader), None)

    def node(self, member: str) -> Node:
        """The node of a member. Raises ResourceError for one of none of these containers."""
        container = next((each for each in self.containers if each.endswith(member)), None)
        if container is None:
            known = ", ".join(self.containers)
            raise ResourceError(f"{member} is in the cluster and none of its declared nodes: {known}", _UNDECLARED)
        return Node(container)

    def primary(self) -> str:
        """The container that takes writes. Raises ResourceError where none does."""
        leader = self.leader()
        if leader is None:
            names = ", ".join(self.containers)
            raise ResourceError(f"none of {names} is the primary", "aqdata status")
        return self.node(leader.name).container

    def hand_over(self, candidate: str) -> None:
        """Make another member the primary and wait until it is. Raises ResourceError, NobodyLeads among them."""
        leader = self.leader()
        if leader is None:
            raise NobodyLeads(f"{candidate} cannot take over from the primary: nobody leads", _HINT)
        if leader.name == candidate:
            return
        request = {"leader": leader.name, "candidate": candidate}
        refused = await_accepted(self.node(leader.name), request, _ACCEPTANCE_SECONDS)
        if refused and not _leads(self, candidate):
            raise ResourceError(f"{candidate} cannot become the primary: {refused}", "aqdata status")
        await_true(lambda: _leads(self, candidate), _HANDOVER_SECONDS, f"{candidate} did not become the primary")

    def admit(self) -> bool:
        """Let the nodes in with their deployed passwords; False where no primary can yet. Raises ResourceError."""
        leader = self.leader()
        if leader is not None:
            self.node(leader.name).run("aqstream-patroni-roles")
        return leader is not None

    def is_open(self) -> bool:
        """Whether nodes come in with their deployed passwords; a primary that restarts lets them in a moment later."""
        with suppress(ResourceError):
            return self.admit()
        return False

    def await_streaming(self, names: Sequence[str], seconds: float) -> None:
        """Wait until each of these leads or streams; the time begins again while one of them copies the primary.

        Raises ResourceError naming those that do not.
        """
        deadline = Deadline(seconds)
        missing: Sequence[str] = names
        for container in cycle(self.containers):
            missing = Node(container).missing(missing, min(deadline.left, _TURN_SECONDS))
            if not missing:
                return
            if self.is_copied_to(missing):
                deadline.begin_again()
            if deadline.is_over:
                raise ResourceError(f"{', '.join(missing)}: not following the primary within {seconds:.0f} s", _HINT)
            time.sleep(_POLL_SECONDS)

    def is_copied_to(self, names: Sequence[str]) -> bool:
        """Whether one of these copies the primary now, which takes as long as its data is large."""
        return any(member.state == _COPYING for member in self.members() if member.name in names)


def await_accepted(node: Node, request: Mapping[str, str], seconds: float) -> str:
    """Ask for a switchover until it is done or on its way; why not, where it is refused to the end.

    Patroni refuses while etcd elects, and while a replica has not reported itself yet.
    """
    deadline = time.monotonic() + seconds
    while True:
        answer = node.ask("POST", "/switchover", request)
        if answer is not None and answer.is_ok:
            return ""
        if time.monotonic() > deadline:
            return "the primary does not answer" if answer is None else str(answer.body).strip()
        time.sleep(_POLL_SECONDS)


def await_true(is_so: Callable[[], bool], seconds: float, otherwise: str) -> None:
    """Look again and again. Raises ResourceError with this text when the time is over."""
    await_so(is_so, seconds, otherwise, hint=_HINT, every=_POLL_SECONDS)


def best_candidate(members: Sequence[Member], preferred: Sequence[str]) -> str | None:
    """Who takes over: a synchronous replica and one with room before others, then the preferred ones in order."""
    streaming = [member for member in members if member.is_streaming]
    rank = {name: position for position, name in enumerate(preferred)}

    def standing(member: Member) -> tuple[bool, bool, int]:
        return member.role not in SYNCHRONOUS, not member.has_room, rank.get(member.name, len(rank))

    return min(streaming, key=standing).name if streaming else None


def _leads(cluster: Cluster, name: str) -> bool:
    leader = cluster.leader()
    return leader is not None and leader.name == name and leader.state == "running" and _is_writable(cluster, name)


def _is_writable(cluster: Cluster, name: str) -> bool:
    state: State = cluster.node(name).state()
    return state.get("role") in LEADING and state.get("state") == "running"


def _state(container: str) -> State:
    return Node(container).state()


def _alone(state: State) -> Member:
    """A node by its own word, which tells nothing of its lag."""
    role, runs = str(state.get("role", "")), str(state.get("state", ""))
    follows = runs == "running" and role not in LEADING
    return Member(
        name=str(state["patroni"]["name"]),
        role=role,
        state=str(state.get("replication_state", runs)) if follows else runs,
        timeline=state.get("timeline"),
    )


def _member(found: dict[str, Any]) -> Member:
    lag = found.get("lag")
    return Member(
        name=str(found["name"]),
        role=str(found.get("role", "")),
        state=str(found.get("state", "")),
        timeline=found.get("timeline"),
        lag=lag if isinstance(lag, int) else None,
        has_room=found.get("tags", {}).get("failover_priority") != WITHOUT_ROOM,
    )
