"""What the cache-aside reference adds to Redis's own round trip."""

import statistics
import time
from collections.abc import Callable

import pytest

from infra.cache_aside import JSON, CacheAside
from infra.model.loading import load_services
from tests.servers.redis import running_redis

pytestmark = pytest.mark.docker

READS = 5_000
EVENT = {"tenant_id": "7c0a3f9e-1111-4222-8333-444455556666", "title": "Concert", "description": "x" * 500}


def _milliseconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return (time.perf_counter() - start) * 1000


def test_a_hit_adds_less_than_200_us() -> None:
    with running_redis("evictable") as server:
        client = server.client("event_service", decode_responses=False)
        aside = CacheAside(client, load_services()["event_service"], "event", JSON)
        aside.read("one", lambda: EVENT, EVENT["tenant_id"])
        key = str(aside.key("one"))
        plain, through = [], []
        for _ in range(READS):
            plain.append(_milliseconds(lambda: client.get(key)))
            through.append(_milliseconds(lambda: aside.read("one", lambda: None, EVENT["tenant_id"])))
    added = statistics.median(through) - statistics.median(plain)
    print(f"\nGET {statistics.median(plain):.3f} ms, cache-aside {statistics.median(through):.3f} ms: +{added:.3f} ms")
    assert added < 0.2
