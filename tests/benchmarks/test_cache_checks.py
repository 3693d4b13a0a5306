"""Counting a million keys by pattern and lifetime: how long it takes, and what a client notices of it."""

import time
from pathlib import Path

import pytest

from policies.sources.live.access import Access, Endpoint, KeyPair
from policies.sources.live.cache.census import take_census
from policies.sources.live.cache.session import opened
from tests.servers.redis import running_redis
from tests.servers.redis_load import Client, Window, administrator, fill, window

pytestmark = pytest.mark.docker

KEYS = 1_000_000
QUIET_SECONDS = 8


def test_a_million_keys_within_20_s_and_a_client_hardly_notices(tmp_path: Path) -> None:
    with running_redis("durable", "768MiB", mem_limit="2g") as server:
        authority = tmp_path / "authority.pem"
        authority.write_text(server.authority.certificate)
        pairs = {name: KeyPair(name, password) for name, password in server.passwords.items()}
        access = Access({"redis": Endpoint("127.0.0.1", server.server.port)}, authority, caches={"redis": pairs})
        with administrator(server) as admin:
            fill(admin, ((f"aqstream:user:session:{number:032x}", "s", 86_400) for number in range(KEYS)))
        with Client(server, "user_service", "aqstream:user:session:1") as client:
            time.sleep(QUIET_SECONDS)
            with opened(access, "redis", "verifier") as session:
                start = time.monotonic()
                census = take_census(session)
                end = time.monotonic()
            time.sleep(QUIET_SECONDS)
            reads = client.finish()
        before, during = window(reads, 0, start), window(reads, start, end)
        after = window(reads, end, end + QUIET_SECONDS)
    quiet = Window([*before.milliseconds, *after.milliseconds])
    print(f"\n{census.seen:,} keys in {end - start:.1f} s")
    for name, found in {"before": before, "during": during, "after": after}.items():
        quantiles = "  ".join(f"p{share * 100:g} {found.quantile(share):.2f} ms" for share in (0.5, 0.99, 0.999))
        print(f"{name:7s} {len(found.milliseconds):6d} reads  {quantiles}")
    assert census.seen >= KEYS
    assert end - start < 20
    ratio = during.quantile(0.99) / quiet.quantile(0.99)
    print(f"p99 during the census to p99 before and after it together: {ratio:.2f}")
    assert ratio < 1.2
