"""Handing over where nobody leads: who asked for it is told, and a node that only gives way goes its way."""

from collections.abc import Mapping
from typing import Any

import pytest

from infra.model.errors import ResourceError
from infra.patroni.cluster import Cluster
from infra.patroni.node import Answer, Node
from infra.provider.postgres_member import MemberType

CONTAINERS = ("aqstream-prod-db-1", "aqstream-prod-db-2")
LED = [
    {"name": "db-1", "role": "leader", "state": "running"},
    {"name": "db-2", "role": "replica", "state": "streaming"},
]
LEADERLESS = [{"name": "db-2", "role": "replica", "state": "streaming"}]


def answering(*answers: list[dict[str, str]]) -> Any:
    """Patroni's word of the cluster, one look after the other, the last one for ever."""
    left = list(answers)

    def ask(_: Node, method: str, path: str, body: Mapping[str, Any] | None = None) -> Answer | None:
        assert (method, path) == ("GET", "/cluster")
        return Answer(200, {"members": left.pop(0) if len(left) > 1 else left[0]})

    return ask


def test_who_asks_for_it_is_told_that_nobody_leads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Node, "ask", answering(LEADERLESS))
    with pytest.raises(ResourceError, match=r"db-2.*nobody leads") as refused:
        Cluster(CONTAINERS).hand_over("db-2")
    assert "aqdata status" in refused.value.hint


def test_whoever_leads_already_has_nothing_to_take_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Node, "ask", answering(LED))
    Cluster(CONTAINERS).hand_over("db-1")


def test_a_node_that_lost_the_lead_meanwhile_has_nothing_to_give(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Node, "ask", answering(LED, LED, LEADERLESS))
    monkeypatch.setattr(Node, "is_to_be_plain", property(lambda _: False))
    MemberType().delete("db-1", {"containers": CONTAINERS})


def test_a_leader_that_is_no_declared_node_is_named_with_those_that_are(monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = [{"name": "db-3", "role": "leader", "state": "running"}]
    monkeypatch.setattr(Node, "ask", answering(elsewhere))
    for work in (lambda: Cluster(CONTAINERS).hand_over("db-1"), Cluster(CONTAINERS).admit, Cluster(CONTAINERS).primary):
        with pytest.raises(ResourceError, match=r"db-3 .*: aqstream-prod-db-1, aqstream-prod-db-2") as refused:
            work()
        assert "aqdata up" in refused.value.hint
