"""How reads scale over replicas, and what proxy and pooler cost against a session with the primary itself."""

import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from tests.production.cluster import Replicated, wait_for
from tests.production.trial import HEAL_SECONDS

pytestmark = [pytest.mark.docker, pytest.mark.long]

SECONDS, CLIENTS = 8.0, 6
SHARE, LEAST_GAIN = 0.25, 1.6
_QUERY = "SELECT sum(number) FROM generate_series(1, 2000) AS number"
_LONG_QUERY = "SELECT sum(number) FROM generate_series(1, 40000) AS number"


def _throughput(endpoint: Mapping[str, Any], login: str, password: str, *, query: str = _QUERY) -> float:
    """Transactions a second of several clients that ask as fast as they are answered."""
    counts = [0] * CLIENTS
    deadline = time.monotonic() + SECONDS

    def ask(client: int) -> None:
        address = {"host": endpoint["host"], "port": endpoint["port"], "user": login, "password": password}
        with psycopg.connect(**address, dbname="aqstream", sslmode="require", autocommit=True) as connection:
            while time.monotonic() < deadline:
                connection.execute(query)
                counts[client] += 1

    threads = [threading.Thread(target=ask, args=(client,)) for client in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / SECONDS


def _direct(instance: Replicated) -> dict[str, Any]:
    """The primary itself, at its address on its network: this host is on every bridge."""
    container = instance.container(instance.leader())
    networks = container.attrs["NetworkSettings"]["Networks"].values()
    return {"host": next(each["IPAddress"] for each in networks), "port": 5432}


@contextmanager
def _small_machines(instance: Replicated) -> Iterator[None]:
    """Each node has a share of a processor to itself, as if on a machine of its own: two cores have no more to give."""
    containers = [str(instance.container(name).name) for name in instance.node_names]
    before = [instance.container(name).attrs["HostConfig"]["NanoCpus"] / 1e9 for name in instance.node_names]
    _limit(containers, [SHARE] * len(containers))
    try:
        yield
    finally:
        _limit(containers, before)


def _limit(containers: list[str], cpus: list[float]) -> None:
    for container, share in zip(containers, cpus, strict=True):
        subprocess.run(["docker", "update", "--cpus", str(share), container], check=True, capture_output=True)


def test_reads_scale_with_the_replicas(instance: Replicated) -> None:
    wait_for(instance.is_whole, HEAL_SECONDS, "whole cluster")
    endpoints, (login, password) = instance.outputs["endpoints"][instance.name], _login(instance)
    with _small_machines(instance):
        alone = _throughput(endpoints, login, password, query=_LONG_QUERY)
        replicas = _throughput(endpoints["readOnly"], login, password, query=_LONG_QUERY)
    print(
        f"\n{instance.name}, each node with {SHARE} of a processor: {alone:.0f} reads a second by the primary alone,"
        f" {replicas:.0f} by 2 replicas: {replicas / alone:.2f}"
    )
    assert replicas / alone >= LEAST_GAIN


def test_the_way_to_the_primary(instance: Replicated) -> None:
    wait_for(instance.is_whole, HEAL_SECONDS, "whole cluster")
    endpoints, (login, password) = instance.outputs["endpoints"][instance.name], _login(instance)
    ways = {"direct": _direct(instance), "proxy": endpoints, "pooler": endpoints["pooled"]}
    for title, query in (("SELECT 1", "SELECT 1"), ("reads of a millisecond", _QUERY)):
        rates = {name: _throughput(way, login, password, query=query) for name, way in ways.items()}
        shares = ", ".join(f"{name} {rate / rates['direct']:.2f}" for name, rate in rates.items())
        print(f"\n{instance.name}: {title} a second against direct ({rates['direct']:.0f}): {shares}")
        assert min(rates.values()) > 0


def _login(instance: Replicated) -> tuple[str, str]:
    login = f"{instance.service}_app"
    return login, instance.outputs["credentials"][instance.service]["postgres"][login]
