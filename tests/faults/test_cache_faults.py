"""What clients of Redis see when it is killed, full, out of disk, rotated or expired."""

import ssl
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from redis.exceptions import OutOfMemoryError, ResponseError

from infra.cache_aside import JSON, CacheAside
from infra.model.cache_access import PROVISIONER
from infra.model.errors import ResourceError
from infra.model.loading import load_services
from infra.provider.cache_login import connect
from infra.provider.cache_server import CacheServerType
from infra.provider.cache_user import CacheUserType
from tests.servers.redis import TestRedis, running_redis

pytestmark = pytest.mark.docker

SERVICE = load_services()["event_service"]
TENANT = "7c0a3f9e-1111-4222-8333-444455556666"


@pytest.fixture(scope="module")
def durable() -> Iterator[TestRedis]:
    """A small server of its own, for these tests break it."""
    with running_redis("durable", "8MiB") as server:
        yield server


def _session(number: int) -> str:
    return f"aqstream:user:session:{number}"


def test_a_killed_server_has_every_acknowledged_session_when_it_is_back(durable: TestRedis) -> None:
    client = durable.client("user_service")
    for number in range(2000):
        client.set(_session(number), "x", ex=600)
    durable.server.container.kill("SIGKILL")
    durable.server.container.start()
    with connect(durable.login(PROVISIONER), patience=20):
        left = sum(client.exists(_session(number)) for number in range(2000))
    assert left == 2000


def test_a_full_durable_server_refuses_new_sessions_and_keeps_the_old(durable: TestRedis) -> None:
    client = durable.client("user_service")
    written: list[int] = []
    with pytest.raises(OutOfMemoryError):
        _fill_memory(client, written)
    assert all(client.exists(_session(number)) for number in written)
    for number in written:
        client.delete(_session(number))
    assert client.set(_session(1), "x", ex=600)


def _fill_memory(client: Any, written: list[int]) -> None:
    for number in range(10_000, 40_000):
        client.set(_session(number), "x" * 1000, ex=600)
        written.append(number)


def test_a_password_rotated_under_traffic_refuses_nobody(durable: TestRedis) -> None:
    stop, failures = threading.Event(), list[Exception]()
    before = durable.user_inputs("user_service", passwordOverlap=3600)
    after = durable.user_inputs("user_service", passwordOverlap=3600, password="the-new-password")

    def keep_connecting() -> None:
        while not stop.is_set():
            try:
                client = durable.client_with("user_service", before.password)
                client.set(_session(2), "x", ex=60)
                client.close()
            except ResponseError as error:
                failures.append(error)

    traffic = threading.Thread(target=keep_connecting)
    traffic.start()
    CacheUserType().update("user_service", before.model_dump(mode="json", by_alias=True), after)
    time.sleep(0.5)
    stop.set()
    traffic.join()
    assert failures == []
    assert durable.client_with("user_service", "the-new-password").ping()
    CacheUserType().create(durable.user_inputs("user_service"))


def test_a_full_disk_refuses_writes_until_there_is_space_again() -> None:
    memory_disk = {"/data": "size=4m,uid=999,gid=999,mode=0700"}
    with running_redis("durable", tmpfs=memory_disk) as server:
        client = server.client("user_service")
        refused = _fill_disk(client)
        assert "MISCONF" in str(refused)
        assert client.get(_session(0)) == "x" * 4000
        server.server.container.exec_run(["sh", "-c", "truncate -s 0 /data/appendonlydir/*.incr.aof"])
        assert _accepts_again(client)


def _fill_disk(client: Any) -> ResponseError:
    for number in range(5000):
        try:
            client.set(_session(number), "x" * 4000, ex=600)
        except ResponseError as error:
            return error
    raise AssertionError("the disk was never full")


def _accepts_again(client: Any) -> bool:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            return bool(client.set(_session(1), "x", ex=60))
        except ResponseError:
            time.sleep(0.1)
    return False


def test_a_service_goes_on_while_its_cache_is_away_and_uses_it_again_afterwards() -> None:
    with running_redis("evictable") as server:
        client = server.client("event_service", decode_responses=False)
        events, value = CacheAside(client, SERVICE, "event", JSON), {"tenant_id": TENANT}
        server.server.container.stop(timeout=1)
        assert events.read("one", lambda: value, TENANT) == value
        server.server.container.start()
        with connect(server.login(PROVISIONER), patience=20):
            events.read("one", lambda: value, TENANT)
        assert events.read("one", lambda: None, TENANT) == value


def test_an_expired_certificate_is_refused_and_a_new_one_is_served(durable: TestRedis) -> None:
    expired, key = durable.authority.issue(validity=-60)
    inputs = durable.server_inputs()
    durable.server.write({"tls/server.crt": expired, "tls/server.key": key})
    state = inputs.model_dump(mode="json", by_alias=True)
    CacheServerType().update(inputs.container, state, durable.server_inputs(certificate=expired))
    with pytest.raises(ResourceError, match="certificate has expired"), connect(durable.login(PROVISIONER)):
        pass
    fresh, key = durable.authority.issue()
    durable.server.write({"tls/server.crt": fresh, "tls/server.key": key})
    durable.server.container.restart()
    with connect(durable.login(PROVISIONER), patience=20):
        served = ssl.get_server_certificate(("127.0.0.1", durable.server.port))
    assert ssl.PEM_cert_to_DER_cert(served) == ssl.PEM_cert_to_DER_cert(fresh)
