"""The cache-aside reference on a real server."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import redis

from infra.cache_aside import JSON, CacheAside
from infra.model.cache_key import CacheKey, parse_key
from infra.model.errors import ConfigurationError
from infra.model.loading import load_services
from tests.servers.container import free_port
from tests.servers.redis import TestRedis

Value = dict[str, Any]
SERVICE = load_services()["event_service"]
TENANT = "7c0a3f9e-1111-4222-8333-444455556666"
EVENT = "550e8400-e29b-41d4-a716-446655440000"

pytestmark = pytest.mark.docker


@pytest.fixture
def client(evictable_redis: TestRedis) -> Iterator[Any]:
    """The event service's connection; its keys are gone afterwards."""
    connection = evictable_redis.client("event_service", decode_responses=False)
    yield connection
    for key in evictable_redis.client("verifier").scan_iter():
        connection.unlink(key)
    connection.close()


@pytest.fixture
def events(client: Any) -> CacheAside[Value]:
    return CacheAside(client, SERVICE, "event", JSON)


@pytest.fixture
def pages(client: Any) -> CacheAside[Value]:
    return CacheAside(client, SERVICE, "events", JSON)


class Database:
    """A table of one row that counts its readers; `during` runs while it is read."""

    def __init__(self, title: str, during: Callable[[], None] = lambda: None) -> None:
        self.title, self.reads, self._during = title, 0, during

    def load(self) -> Value:
        self.reads += 1
        found = {"tenant_id": TENANT, "title": self.title}
        self._during()
        return found


def test_a_second_read_is_served_from_the_cache(events: CacheAside[Value]) -> None:
    database = Database("Concert")
    first = events.read(EVENT, database.load, TENANT)
    assert events.read(EVENT, database.load, TENANT) == first
    assert database.reads == 1


def test_a_value_lives_nearly_as_long_as_declared_and_never_longer(events: CacheAside[Value], client: Any) -> None:
    lifetimes = []
    for number in range(30):
        events.read(number, Database("Concert").load, TENANT)
        lifetimes.append(client.pttl(str(events.key(number))))
    assert all(265_000 <= milliseconds <= 300_000 for milliseconds in lifetimes)
    assert len(set(lifetimes)) > 15


def test_an_invalidated_value_is_loaded_again(events: CacheAside[Value]) -> None:
    events.read(EVENT, Database("Concert").load, TENANT)
    events.invalidate(EVENT)
    assert events.read(EVENT, Database("Recital").load, TENANT) == {"tenant_id": TENANT, "title": "Recital"}


def test_a_value_read_before_a_change_is_not_cached_after_it(events: CacheAside[Value]) -> None:
    stale = Database("Concert", during=lambda: events.invalidate(EVENT))
    events.read(EVENT, stale.load, TENANT)
    fresh = Database("Recital")
    assert events.read(EVENT, fresh.load, TENANT) == {"tenant_id": TENANT, "title": "Recital"}


def test_a_page_read_before_a_change_is_not_cached_after_it(pages: CacheAside[Value]) -> None:
    stale = Database("Concert", during=pages.invalidate_lists)
    pages.read({"page": 1}, stale.load)
    assert pages.read({"page": 1}, Database("Recital").load) == {"tenant_id": TENANT, "title": "Recital"}


def test_invalidating_a_list_forgets_every_page(pages: CacheAside[Value], client: Any) -> None:
    for number in range(5):
        pages.read({"page": number}, Database("Concert").load)
    pages.invalidate_lists()
    assert [client.exists(str(pages.key({"page": number}))) for number in range(5)] == [0] * 5
    assert client.exists(str(CacheKey("event", "events", "").index)) == 0


def test_many_readers_of_a_missing_value_load_it_once(events: CacheAside[Value]) -> None:
    database = Database("Concert", during=lambda: time.sleep(0.2))
    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda _: events.read(EVENT, database.load, TENANT), range(16)))
    assert database.reads == 1
    assert found == [{"tenant_id": TENANT, "title": "Concert"}] * 16


def test_a_failed_load_frees_the_way_for_the_next_reader(events: CacheAside[Value]) -> None:
    def fail() -> Value:
        raise LookupError("no such event")

    with pytest.raises(LookupError):
        events.read(EVENT, fail, TENANT)
    database = Database("Concert")
    events.read(EVENT, database.load, TENANT)
    assert database.reads == 1


def test_what_does_not_exist_is_not_cached(events: CacheAside[Value], client: Any) -> None:
    assert events.read(EVENT, lambda: None, TENANT) is None
    assert client.exists(str(events.key(EVENT)), str(events.key(EVENT).lease)) == 0


def test_another_tenants_cached_value_is_not_given_out(events: CacheAside[Value]) -> None:
    events.read(EVENT, Database("Concert").load, TENANT)
    assert events.read(EVENT, lambda: None, "00000000-0000-4000-8000-00000000000b") is None


def test_every_key_that_it_writes_is_in_the_contract(
    events: CacheAside[Value], pages: CacheAside[Value], evictable_redis: TestRedis
) -> None:
    seen: list[str] = []
    look = evictable_redis.client("verifier")
    events.read(EVENT, Database("Concert", during=lambda: seen.extend(look.scan_iter())).load, TENANT)
    pages.read({"page": 1}, Database("Concert", during=lambda: seen.extend(look.scan_iter())).load)
    seen += look.scan_iter()
    assert {key.kind for name in seen if (key := parse_key(name))} == {"item", "list", "index", "lease"}
    assert all(look.pttl(name) != -1 for name in seen)


def test_without_redis_the_value_is_loaded() -> None:
    nobody = redis.Redis(port=free_port(), socket_timeout=1)
    database = Database("Concert")
    assert CacheAside(nobody, SERVICE, "event", JSON).read(EVENT, database.load, TENANT) == database.load()


def test_an_undeclared_entry_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="declares no cache entry 'ticket'"):
        CacheAside(redis.Redis(), SERVICE, "ticket", JSON)
