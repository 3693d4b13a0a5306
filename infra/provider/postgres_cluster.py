"""`aqstream:postgres:Cluster`: what the nodes of an instance share, in force on each of them."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, ClassVar

from infra.model.declaration import Declaration
from infra.model.errors import NobodyLeads, ResourceError
from infra.patroni.cluster import Cluster, await_true, best_candidate
from infra.patroni.node import Node
from infra.patroni.turn import TURNS
from infra.provider.resource_type import Created, ResourceType, State

_RESTART_SECONDS = 120.0
_APPLIED_SECONDS = 30.0
_ROUNDS = 3
"""What is lowered takes two, another primary meanwhile one more."""


class ClusterInputs(Declaration):
    """`dynamic`: Patroni's settings for the whole cluster. `settings`: PostgreSQL's, as the nodes' files say.

    `containers`: the nodes', each named like its node with the stack's prefix; `nodes`: the members' names.
    `containerIds` and `logins` (the passwords of what the nodes use among themselves, secret) say when to look again.
    """

    instance: str
    nodes: tuple[str, ...]
    containers: tuple[str, ...]
    container_ids: tuple[str, ...]
    logins: dict[str, str]
    dynamic: dict[str, Any]
    settings: dict[str, str]


class ClusterType(ResourceType[ClusterInputs]):
    """The id is the instance's name. A setting that takes a restart reaches replicas first; then one of them takes
    over, and the former primary restarts by becoming a replica. One that is lowered reaches the primary first, in
    place."""

    token = "aqstream:postgres:Cluster"  # noqa: S105 a type's name
    inputs = ClusterInputs
    replaced_by: ClassVar[frozenset[str]] = frozenset({"instance"})

    def create(self, inputs: ClusterInputs) -> Created:
        if not _is_as_declared(_joined(inputs), inputs.dynamic):
            _settle(inputs)
        return Created(inputs.instance)

    def update(self, identifier: str, state: State, inputs: ClusterInputs) -> State:
        _keep_primary(state, inputs)
        _joined(inputs)
        with TURNS.alone():
            _settle(inputs)
        return {}

    def delete(self, identifier: str, state: State) -> None:
        TURNS.dismiss(state["containers"])

    def read(self, identifier: str, state: State, inputs: ClusterInputs) -> State | None:
        config = next(filter(None, (_config(Node(container)) for container in inputs.containers)), None)
        return state if config is None else state | {"dynamic": {key: config.get(key) for key in inputs.dynamic}}


def _keep_primary(state: State, inputs: ClusterInputs) -> None:
    """Where the primary is a node that goes, the best of those that stay takes over, if any of them streams."""
    if not set(state["nodes"]) <= set(inputs.nodes):
        with TURNS.alone():
            _take_over(Cluster(state["containers"]), inputs.nodes)


def _take_over(cluster: Cluster, nodes: Sequence[str]) -> None:
    members = cluster.members()
    candidate = best_candidate([member for member in members if member.name in nodes], nodes)
    if candidate and not any(member.is_leader and member.name in nodes for member in members):
        with suppress(NobodyLeads):
            cluster.hand_over(candidate)


def _joined(inputs: ClusterInputs) -> Node:
    """The primary, once all nodes follow it. The first node leads at the first start, and lets the others in."""
    cluster = Cluster(inputs.containers)
    cluster.await_streaming(inputs.nodes[:1], _RESTART_SECONDS)
    # A server takes writes before its Patroni, which makes these logins in its own way, has been made the leader.
    await_true(
        cluster.is_open, _RESTART_SECONDS, f"none of {', '.join(inputs.nodes)} became a primary that lets the others in"
    )
    cluster.await_streaming(inputs.nodes, _RESTART_SECONDS)
    for container in inputs.containers:
        TURNS.come_back(container)
    return Node(cluster.primary())


def _is_as_declared(primary: Node, dynamic: Mapping[str, Any]) -> bool:
    """Whether the cluster was made with these settings, so that its nodes started with them."""
    config = _config(primary)
    return all(config.get(key) == value for key, value in dynamic.items())


def _config(node: Node) -> dict[str, Any]:
    answer = node.ask("GET", "/config")
    return answer.body if answer and isinstance(answer.body, dict) else {}


def _settle(inputs: ClusterInputs) -> None:
    """Have every node follow the settings. Raises ResourceError where one still waits for a restart at the end."""
    cluster = Cluster(inputs.containers)
    primary = Node(cluster.primary())
    primary.require("PATCH", "/config", only_declared(inputs.dynamic, _config(primary)))
    waiting = _awaiting_restart(inputs)
    for _ in range(_ROUNDS):
        if waiting:
            _restart_each(cluster, inputs, waiting)
            waiting = _awaiting_restart(inputs)
    if waiting:
        names = ", ".join(waiting)
        raise ResourceError(f"{names}: still waiting for a restart to run with the declared settings", "aqdata up")


def only_declared(dynamic: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    """What to have Patroni merge into what it has: a parameter that is declared no more goes when it is None."""
    former = dict.fromkeys(found.get("postgresql", {}).get("parameters") or ())
    declared = dynamic["postgresql"]
    return {**dynamic, "postgresql": {**declared, "parameters": former | declared["parameters"]}}


def _restart_each(cluster: Cluster, inputs: ClusterInputs, waiting: Sequence[str]) -> None:
    leader = cluster.leader()
    for name in waiting:
        if leader is None or name != leader.name:
            _restart(cluster, inputs, name)
    if leader is not None and leader.name in waiting:
        _renew_primary(cluster, inputs, leader.name)


def _renew_primary(cluster: Cluster, inputs: ClusterInputs, leader: str) -> None:
    """A node that has the settings takes over, so that writes pause for a switchover; without one it is restarted.

    What is lowered no replica has before it: none may have less than the primary.
    """
    renewed = [each for each in cluster.members() if each.name in inputs.nodes and not _waits(cluster.node(each.name))]
    candidate = best_candidate(renewed, inputs.nodes)
    if candidate is None:
        _restart(cluster, inputs, leader)
        return
    with suppress(NobodyLeads):  # The former primary failed: another one takes over anyway.
        cluster.hand_over(candidate)
    cluster.await_streaming(inputs.nodes, _RESTART_SECONDS)


def _restart(cluster: Cluster, inputs: ClusterInputs, name: str) -> None:
    # By default Patroni waits as long as for a crashed primary, which is not to keep anybody from taking over.
    cluster.node(name).require("POST", "/restart", {"timeout": int(_RESTART_SECONDS)})
    cluster.await_streaming(inputs.nodes, _RESTART_SECONDS)


def _awaiting_restart(inputs: ClusterInputs) -> list[str]:
    """Who runs with a setting that the files or Patroni say otherwise, after having everybody read them again."""
    cluster = Cluster(inputs.containers)
    for container in inputs.containers:
        _reload(Node(container))
    time.sleep(1)
    return [name for name in inputs.nodes if _waits(cluster.node(name))]


def _reload(node: Node) -> None:
    node.require("POST", "/reload", {})
    before = _sql(node, "SELECT pg_conf_load_time()")
    node.run(*_psql("SELECT pg_reload_conf()"))
    await_true(
        lambda: _sql(node, "SELECT pg_conf_load_time()") != before,
        _APPLIED_SECONDS,
        f"{node.container} did not read its settings again",
    )


def _waits(node: Node) -> bool:
    """By the word of its Patroni, which alone knows what it had to leave as it was at a start, or of the server."""
    if node.state().get("pending_restart"):
        return True
    return _sql(node, "SELECT count(*) FROM pg_settings WHERE pending_restart") != "0"


def _sql(node: Node, statement: str) -> str:
    try:
        return node.run(*_psql(statement))
    except ResourceError:
        return ""


def _psql(statement: str) -> Iterator[str]:
    yield from ("psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--host=/run/postgresql")
    yield from ("--username=postgres", "--dbname=postgres", f"--command={statement}")
