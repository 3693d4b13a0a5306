"""A replicated Redis while its primary is killed, cut off or stopped: who takes over, how soon, and what is lost."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import docker
import pytest
from redis.exceptions import RedisError

from infra.model.cache_access import VERIFIER
from tests.servers.redis_replicas import RedisReplicas, running_replicas

pytestmark = pytest.mark.docker

WRITES_AGAIN_WITHIN = 15.0
_KEY = "aqstream:user:session:{}"
_SECONDS = 600


@pytest.fixture(scope="module")
def replicas() -> Iterator[RedisReplicas]:
    with running_replicas() as found:
        yield found


@dataclass
class Writer:
    """A service that writes sessions as fast as it is answered, and keeps what was acknowledged."""

    replicas: RedisReplicas
    name: str
    acknowledged: list[tuple[float, str]] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        number, client = 0, None
        while not self.stop.is_set():
            key = _KEY.format(f"{self.name}-{number}")
            try:
                client = client or self.replicas.client(self.replicas.primary(), "user_service")
                client.set(key, "x", ex=_SECONDS)
            except (RedisError, AssertionError):
                client = None
                time.sleep(0.05)
            else:
                self.acknowledged.append((time.monotonic(), key))
                number += 1

    @property
    def longest_gap(self) -> float:
        moments = [moment for moment, _ in self.acknowledged]
        return max(after - before for before, after in pairwise(moments))

    def lost(self) -> list[tuple[float, str]]:
        client = self.replicas.client(self.replicas.primary(), "user_service")
        kept = client.mget([key for _, key in self.acknowledged])
        return [written for written, value in zip(self.acknowledged, kept, strict=True) if value is None]


@pytest.fixture
def writer(replicas: RedisReplicas, request: pytest.FixtureRequest) -> Iterator[Writer]:
    found = Writer(replicas, request.node.name[:24])
    thread = threading.Thread(target=found.run)
    thread.start()
    time.sleep(1)
    yield found
    found.stop.set()
    thread.join()


def finish(writer: Writer, seconds: float = 2) -> None:
    time.sleep(seconds)
    writer.stop.set()
    time.sleep(0.5)


def await_other(replicas: RedisReplicas, before: str) -> None:
    deadline = time.monotonic() + WRITES_AGAIN_WITHIN
    while replicas.primary() == before and time.monotonic() < deadline:
        time.sleep(0.1)
    assert replicas.primary() != before


def await_following(replicas: RedisReplicas, name: str) -> None:
    deadline = time.monotonic() + 40
    while time.monotonic() < deadline:
        try:
            status = replicas.client(name, VERIFIER).info("replication")
            if status["role"] == "slave" and status["master_link_status"] == "up":
                return
        except RedisError:
            pass
        time.sleep(0.2)
    raise AssertionError(f"{name} follows nobody")


@pytest.mark.long
def test_a_killed_process_comes_back_or_is_replaced_and_no_session_is_lost(
    replicas: RedisReplicas, writer: Writer
) -> None:
    container = replicas.servers[replicas.primary()].container
    container.exec_run(["sh", "-c", "kill -9 $(pidof redis-server)"])
    finish(writer, 6)
    assert writer.longest_gap < WRITES_AGAIN_WITHIN
    assert writer.lost() == []


def test_a_primary_that_stays_away_is_replaced_and_comes_back_as_a_replica(
    replicas: RedisReplicas, writer: Writer
) -> None:
    before = replicas.primary()
    container: Any = replicas.servers[before].container
    container.update(restart_policy={"Name": "no"})
    container.kill("SIGKILL")
    killed = time.monotonic()
    await_other(replicas, before)
    finish(writer)
    lost = writer.lost()
    assert writer.longest_gap < WRITES_AGAIN_WITHIN
    # Copying is asynchronous: what the primary acknowledged in its last moment may not have left it.
    assert all(killed - moment < 1.0 for moment, _ in lost)
    container.update(restart_policy={"Name": "unless-stopped"})
    container.start()
    await_following(replicas, before)


@pytest.mark.long
def test_services_log_in_to_the_new_primary_with_the_users_they_had(replicas: RedisReplicas) -> None:
    before = replicas.primary()
    replicas.servers[before].container.stop(timeout=2)
    await_other(replicas, before)
    client = replicas.client(replicas.primary(), "payment_service")
    assert client.ping()
    replicas.servers[before].container.start()
    await_following(replicas, before)


@pytest.mark.long
def test_a_primary_that_is_cut_off_stops_taking_writes(replicas: RedisReplicas, writer: Writer) -> None:
    before = replicas.primary()
    container = replicas.servers[before].container
    network = next(iter(container.attrs["NetworkSettings"]["Networks"]))
    away = docker.from_env().networks.get(network)
    away.disconnect(container, force=True)
    await_other(replicas, before)
    finish(writer)
    time.sleep(3)
    command = "redis-cli --tls --cacert /etc/aqstream/tls/authority.crt -h localhost --user user_service SET"
    password = {"REDISCLI_AUTH": replicas.passwords["user_service"]}
    refused = container.exec_run([*command.split(), _KEY.format("split"), "x", "EX", "60"], environment=password)
    assert b"NOREPLICAS" in refused.output
    away.connect(container, aliases=[before])
    await_following(replicas, before)
    assert writer.longest_gap < WRITES_AGAIN_WITHIN


@pytest.mark.long
def test_a_restarted_set_remembers_its_primary(replicas: RedisReplicas) -> None:
    before = replicas.primary()
    for server in replicas.servers.values():
        server.container.kill("SIGKILL")
    for server in replicas.servers.values():
        server.container.start()
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            client = replicas.client(replicas.primary(), "user_service")
            if client.set(_KEY.format("after"), "x", ex=_SECONDS):
                break
        except (RedisError, AssertionError):
            time.sleep(0.2)
    assert replicas.primary() == before
    assert client.get(_KEY.format("after")) == "x"
