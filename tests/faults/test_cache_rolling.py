"""What `up` does to a replicated Redis that is written to: images, settings that take a restart, certificates."""

from collections.abc import Iterator
from typing import Any

import pytest

from infra.components.cache_settings import redis_conf, settings
from infra.model.cache import CacheNode
from infra.model.cache_access import VERIFIER
from infra.model.errors import ResourceError
from infra.provider import cache_handover
from infra.provider.cache_handover import hand_over
from infra.provider.cache_server import CacheServerType
from tests.faults.test_cache_failover import Writer, await_following, finish, writer
from tests.servers.redis_replicas import RedisReplicas, running_replicas

__all__ = ["writer"]
pytestmark = [pytest.mark.docker, pytest.mark.long]

LONGEST_PAUSE = 10.0
TYPE = CacheServerType()


@pytest.fixture(scope="module")
def replicas() -> Iterator[RedisReplicas]:
    with running_replicas() as found:
        yield found


def in_order(replicas: RedisReplicas) -> tuple[CacheNode, ...]:
    """As the program declares them: replicas first."""
    first, *others = replicas.cache.nodes("durable")
    return (*others, first)


def state_of(replicas: RedisReplicas, node: CacheNode) -> dict[str, Any]:
    return replicas.node_inputs(node).model_dump(by_alias=True, mode="json")


def renew(replicas: RedisReplicas, node: CacheNode) -> None:
    """What the engine does for another image: delete, another container on the same volume, create."""
    TYPE.delete(node.name, state_of(replicas, node))
    replicas.servers[node.name].container.restart()
    TYPE.create(replicas.node_inputs(node))


def test_every_node_is_renewed_with_one_failover_and_no_session_is_lost(
    replicas: RedisReplicas, writer: Writer
) -> None:
    first = replicas.cache.nodes("durable")[0]
    assert replicas.primary() == first.name
    for node in in_order(replicas)[:-1]:
        renew(replicas, node)
        assert replicas.primary() == first.name
    renew(replicas, first)
    assert replicas.primary() != first.name
    finish(writer)
    assert writer.longest_gap < LONGEST_PAUSE, f"{writer.longest_gap:.1f} s"
    assert writer.lost() == []


def test_a_setting_that_takes_a_restart_reaches_every_node(replicas: RedisReplicas, writer: Writer) -> None:
    for node in in_order(replicas):
        changed = settings(replicas.cache, node) | {"databases": "2"}
        inputs = replicas.node_inputs(node, settings=changed)
        written = redis_conf(replicas.cache, node).replace('databases "1"', 'databases "2"')
        replicas.servers[node.name].write({"redis.conf": written})
        TYPE.update(node.name, state_of(replicas, node), inputs)
    finish(writer)
    for node in in_order(replicas):
        assert replicas.client(node.name, VERIFIER).config_get("databases") == {"databases": "2"}
    assert writer.longest_gap < LONGEST_PAUSE, f"{writer.longest_gap:.1f} s"
    assert writer.lost() == []


def test_a_primary_whose_replicas_are_away_is_not_restarted(replicas: RedisReplicas) -> None:
    primary = next(node for node in in_order(replicas) if node.name == replicas.primary())
    others = [replicas.servers[node.name].container for node in in_order(replicas) if node != primary]
    for container in others:
        container.stop(timeout=2)
    try:
        with pytest.raises(ResourceError, match="no replica follows it"):
            TYPE.delete(primary.name, state_of(replicas, primary))
    finally:
        for container in others:
            container.start()
    for node in in_order(replicas):
        if node != primary:
            await_following(replicas, node.name)


def test_writes_go_on_where_nobody_takes_over(
    replicas: RedisReplicas, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache_handover, "_refusal", lambda *_: "NOGOODSLAVE No suitable replica to promote")
    primary = next(node for node in in_order(replicas) if node.name == replicas.primary())
    watchers = replicas.watchers(primary)
    with pytest.raises(ResourceError, match="NOGOODSLAVE"):
        hand_over(replicas.node_inputs(primary).login, watchers)
    finish(writer)
    assert replicas.primary() == primary.name
    assert writer.longest_gap < LONGEST_PAUSE
