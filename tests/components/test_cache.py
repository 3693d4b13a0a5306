"""What the cache component declares."""

from typing import Any

import pytest

from infra.components.cache import Cache, CacheArgs
from infra.components.network import Networks, cache_networks
from infra.components.trust import Trust
from infra.model.intent import Intent
from infra.model.loading import load_intent
from tests.components.recording import Declared, declare


@pytest.fixture(scope="module")
def intent() -> Intent:
    return load_intent("dev")


@pytest.fixture(scope="module")
def declared(intent: Intent) -> Declared:
    def program() -> None:
        networks = Networks(intent.stack).names
        Cache("redis", CacheArgs(intent, Trust(intent.stack), networks, "sha256:image"))

    return declare(program)


def _inputs(declared: Declared, kind: str) -> dict[str, Any]:
    return {resource.name: resource.inputs for resource in declared[kind]}


def test_each_service_has_a_user_where_it_keeps_something(declared: Declared, intent: Intent) -> None:
    users = set(_inputs(declared, "aqstream:redis:User"))
    assert {f"redis-{name}" for name in intent.services} <= users
    assert users - {f"redis-{name}" for name in intent.services} == {
        "redis-cache-event_service",
        "redis-cache-user_service",
    }


def test_a_user_gets_its_own_entities_and_nothing_else(declared: Declared) -> None:
    users = _inputs(declared, "aqstream:redis:User")
    assert users["redis-user_service"]["keys"] == ["aqstream:user:rate_limit:*", "aqstream:user:session:*"]
    assert users["redis-cache-event_service"]["keys"] == ["aqstream:event:event:*", "aqstream:event:events:list:*"]
    assert users["redis-payment_service"]["channels"] == ["aqstream:payment:*"]
    assert not {"scan", "keys", "eval", "flushall", "config"} & set(users["redis-user_service"]["commands"])


def test_sessions_are_never_evicted_and_caches_always_may_be(declared: Declared) -> None:
    servers = _inputs(declared, "aqstream:redis:Server")
    assert servers["redis"]["settings"]["maxmemory-policy"] == "noeviction"
    assert servers["redis"]["settings"]["appendonly"] == "yes"
    assert servers["redis-cache"]["settings"]["maxmemory-policy"] == "allkeys-lfu"


def test_the_container_is_hardened_and_its_environment_empty(declared: Declared) -> None:
    for container in _inputs(declared, "docker:index/container:Container").values():
        assert container["readOnly"] is True
        assert container["envs"] == []
        assert container["capabilities"]["drops"] == ["ALL"]
        assert [port["ip"] for port in container["ports"]] == ["127.0.0.1"]


def test_no_password_is_in_the_server_configuration(declared: Declared) -> None:
    files = _inputs(declared, "aqstream:docker:Files")["redis-files"]["files"]
    assert "secret-of" not in files["redis.conf"] + files["users.acl"]


def test_payment_reaches_redis_over_a_link_of_its_own(intent: Intent) -> None:
    assert cache_networks(intent, "durable") == ["shared", "payment-cache"]
    assert cache_networks(intent, "evictable") == ["shared"]
