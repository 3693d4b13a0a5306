"""Which keys are left when caches ask for three times the memory there is."""

from typing import Any

import pytest
from redis.exceptions import OutOfMemoryError

from tests.servers.redis import TestRedis, running_redis
from tests.servers.redis_load import administrator, fill

pytestmark = pytest.mark.docker

SESSIONS, LIMITS, CACHES, LOGINS = 5_000, 5_000, 40_000, 2_000
MAXMEMORY = "16MiB"
POLICIES = ("noeviction", "volatile-ttl", "volatile-lru", "volatile-lfu", "allkeys-lru", "allkeys-lfu")


def _kept() -> list[tuple[str, str, int]]:
    sessions = [(f"aqstream:user:session:{number}", "s" * 200, 86_400) for number in range(SESSIONS)]
    return sessions + [(f"aqstream:user:rate_limit:{number}", "17", 60) for number in range(LIMITS)]


def _caches() -> list[tuple[str, str, int]]:
    return [(f"aqstream:event:event:{number}", "e" * 1000, 300) for number in range(CACHES)]


def _left(server: TestRedis) -> dict[str, float]:
    counts = dict.fromkeys(("session", "rate_limit", "event"), 0)
    for key in server.client("verifier").scan_iter(count=1000):
        counts[key.split(":")[2]] += 1
    return {"session": counts["session"] / SESSIONS, "rate_limit": counts["rate_limit"] / LIMITS} | {
        "event": counts["event"] / CACHES
    }


def _accepted_logins(server: TestRedis) -> float:
    """The share of new sessions that the server takes."""
    with administrator(server) as admin:
        return sum(_takes(admin, f"aqstream:user:session:new-{number}") for number in range(LOGINS)) / LOGINS


def _takes(admin: Any, key: str) -> bool:
    try:
        admin.set(key, "s" * 200, ex=60)
    except OutOfMemoryError:
        return False
    return True


def _report(name: str, left: dict[str, float], logins: float) -> None:
    shares = "  ".join(f"{kind} {share:6.1%}" for kind, share in left.items())
    print(f"{name:28s} left: {shares}   new logins accepted: {logins:6.1%}")


def test_one_server_for_everything_loses_sessions_or_refuses_logins() -> None:
    print()
    with running_redis("evictable", MAXMEMORY) as server:
        for policy in POLICIES:
            with administrator(server) as admin:
                admin.flushall()
                admin.config_set("maxmemory-policy", policy)
                fill(admin, [*_kept(), *_caches()])
            left, logins = _left(server), _accepted_logins(server)
            _report(f"one server, {policy}", left, logins)
            assert min(logins, left["session"], left["rate_limit"]) < 1


def test_two_servers_keep_every_session_and_every_rate_limit() -> None:
    with running_redis("durable", MAXMEMORY) as durable, running_redis("evictable", MAXMEMORY) as evictable:
        with administrator(durable) as admin:
            fill(admin, _kept())
        with administrator(evictable) as admin:
            fill(admin, _caches())
        left = _left(durable) | {"event": _left(evictable)["event"]}
        logins = _accepted_logins(durable)
    _report("two servers, as deployed", left, logins)
    assert left["session"] == left["rate_limit"] == logins == 1.0
