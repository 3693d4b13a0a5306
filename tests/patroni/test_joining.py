"""How long is waited for a node: a copy of the primary takes its time, and nothing else does."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from infra.model.errors import ResourceError
from infra.patroni.cluster import Cluster
from infra.patroni.node import Answer, Node
from infra.provider.postgres_member import MemberInputs, MemberType
from infra.waiting import Deadline

CONTAINERS = ("aqstream-prod-db-1", "aqstream-prod-db-2")
INPUTS = MemberInputs.model_validate(
    {"node": "db-2", "containerId": "c", "containers": CONTAINERS[::-1], "following": ["aqstream-prod-db-3"]}
)


@pytest.fixture
def joins_late(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What db-2 says of itself, one look after the other; then it streams."""
    states: list[str] = []

    def ask(_: Node, method: str, path: str, body: Mapping[str, Any] | None = None) -> Answer:
        assert (method, path) == ("GET", "/cluster")
        replica = {"name": "db-2", "role": "replica", "state": states[0] if states else "streaming"}
        return Answer(200, {"members": [{"name": "db-1", "role": "leader", "state": "running"}, replica]})

    def missing(_: Node, names: Sequence[str], seconds: float) -> Sequence[str]:
        del states[:1]
        return names if states else ()

    monkeypatch.setattr(Node, "ask", ask)
    monkeypatch.setattr(Node, "missing", missing)
    monkeypatch.setattr(Node, "run", lambda *_: "")
    monkeypatch.setattr("infra.patroni.cluster._POLL_SECONDS", 0.05)
    monkeypatch.setattr("infra.provider.postgres_member._POLL_SECONDS", 0.05)
    monkeypatch.setattr("infra.provider.postgres_member.container_exists", lambda _: True)
    monkeypatch.setattr("infra.provider.postgres_member._JOIN_SECONDS", 0.01)
    return states


def test_a_node_that_copies_the_primary_is_waited_for(joins_late: list[str]) -> None:
    joins_late += ["creating replica"] * 5
    Cluster(CONTAINERS).await_streaming(["db-1", "db-2"], 0.01)
    joins_late += ["creating replica"] * 5
    MemberType().create(INPUTS)


def test_a_node_that_does_nothing_is_not(joins_late: list[str]) -> None:
    joins_late += ["start failed"] * 5
    with pytest.raises(ResourceError, match="db-2: not following"):
        Cluster(CONTAINERS).await_streaming(["db-2"], 0.01)
    joins_late += ["start failed"] * 5
    with pytest.raises(ResourceError, match="db-2 neither leads nor streams"):
        MemberType().create(INPUTS)


def test_a_node_joins_a_primary_that_is_about_to_be_given_up(
    joins_late: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fewer replicas are declared: the primary is none of the nodes that the new ones know."""
    led = {"name": "db-9", "role": "leader", "state": "running"}
    monkeypatch.setattr(Node, "ask", lambda *_: Answer(200, {"members": [led]}))
    MemberType().create(INPUTS)


def test_no_copy_is_waited_for_for_ever() -> None:
    deadline = Deadline(0.0, longest=0.0)
    deadline.begin_again()
    assert deadline.is_over
    assert not Deadline(60.0).is_over
