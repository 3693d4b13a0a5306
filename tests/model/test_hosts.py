"""Which container runs on which of a stack's hosts."""

from typing import Any

import pytest

from infra.model.errors import ConfigurationError
from infra.model.loading import stack_from_config
from infra.model.stack import Stack

HOSTS = {f"db{n}": {"docker": f"ssh://deploy@db{n}.example.com", "address": f"10.0.0.{n}"} for n in (1, 2, 3)}


def stack(**config: Any) -> Stack:
    return stack_from_config("test", config, "Pulumi.test.yaml")


def test_without_hosts_everything_is_local() -> None:
    assert stack().host_of("redis") is None
    assert stack().address_of("redis") == "127.0.0.1"


def test_nodes_are_spread_in_the_order_of_the_hosts() -> None:
    spread = stack(hosts=HOSTS)
    assert [spread.host_of(name) for name in ("redis", "redis-2", "redis-3")] == ["db1", "db2", "db3"]
    assert [spread.host_of(f"etcd-{n}") for n in (1, 2, 3)] == ["db1", "db2", "db3"]
    assert spread.address_of("redis-2") == "10.0.0.2"


def test_a_placed_component_is_where_it_is_placed_and_its_proxy_with_its_first_node() -> None:
    placed = stack(hosts=HOSTS, placement={"postgres-payment": ["db3", "db1"]})
    assert [placed.host_of(f"postgres-payment-{n}") for n in (1, 2, 3)] == ["db3", "db1", "db3"]
    assert placed.host_of("postgres-payment-proxy") == "db3"
    assert placed.host_of("postgres-payment") == "db3"


def test_an_unknown_host_is_named_with_the_known_ones() -> None:
    with pytest.raises(ConfigurationError, match=r"placement\.redis: 'db9' is no host; expected one of db1, db2, db3"):
        stack(hosts=HOSTS, placement={"redis": ["db9"]})


@pytest.mark.parametrize("docker", ["tcp://db1:2376", "http://db1"])
def test_an_engine_without_tls_is_refused(docker: str) -> None:
    with pytest.raises(ConfigurationError, match=r"hosts\.db1"):
        stack(hosts={"db1": {"docker": docker, "address": "10.0.0.1"}})


@pytest.mark.parametrize("key", ["docker", "address"])
def test_two_names_for_one_machine_are_refused(key: str) -> None:
    twice = HOSTS | {"db3": HOSTS["db3"] | {key: HOSTS["db1"][key]}}
    with pytest.raises(ConfigurationError, match=rf"hosts\.db1 and hosts\.db3: one machine by '{key}'"):
        stack(hosts=twice)


@pytest.mark.parametrize("component", ["postgres-paymnt", "postgres-payment-2", "redis-2"])
def test_what_places_no_component_is_refused_with_the_known_ones(component: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"placement\.{component}: no component") as refused:
        stack(hosts=HOSTS, placement={component: ["db1"]})
    assert "postgres-payment-proxy" in str(refused.value)


def test_whatever_may_have_nodes_can_be_placed() -> None:
    parts = ("postgres-user-proxy", "postgres-user-pooler", "etcd", "redis", "redis-cache", "redis-sentinel", "minio")
    assert stack(hosts=HOSTS, placement={part: ["db2"] for part in parts}).host_of("redis-sentinel-3") == "db2"
