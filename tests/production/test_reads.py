"""How reads scale over replicas, and what proxy and pooler cost; prints ratios, for the machine decides the rest."""

import subprocess
import threading
import time
from collections.abc import Mapping
from typing import Any

import psycopg
import pytest

from tests.production.cluster import Replicated, wait_for
from tests.production.trial import HEAL_SECONDS

pytestmark = [pytest.mark.docker, pytest.mark.long]

SECONDS, CLIENTS = 8.0, 6
_QUERY = "SELECT sum(number) FROM generate_series(1, 2000) AS number"


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


def test_reads_and_the_way_to_them(instance: Replicated) -> None:
    wait_for(instance.is_whole, HEAL_SECONDS, "whole cluster")
    endpoints = instance.outputs["endpoints"][instance.name]
    login = f"{instance.service}_app"
    password = instance.outputs["credentials"][instance.service]["postgres"][login]
    ways = {"direct": _direct(instance), "proxy": endpoints, "pooler": endpoints["pooled"]}
    small = {name: _throughput(way, login, password, query="SELECT 1") for name, way in ways.items()}
    reads = {name: _throughput(endpoints[name], login, password) for name in ("readOnly",)}
    reads["primary"] = _throughput(endpoints, login, password)
    shares = ", ".join(f"{name} {rate / small['direct']:.2f}" for name, rate in small.items())
    cores = subprocess.run(["nproc"], capture_output=True, text=True, check=True).stdout.strip()
    print(f"\n{instance.name}: SELECT 1 a second against direct ({small['direct']:.0f}): {shares}")
    print(f"reads of 2 replicas against the primary: {reads['readOnly'] / reads['primary']:.2f} on {cores} cores")
    assert min(small.values()) > 0
    assert reads["readOnly"] > 0
