"""A statement on a container's database ends with an interrupt, in the server too."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from infra.backup.database import Database
from infra.backup.drill.outcome import reported
from infra.backup.drill.report import DrillReport
from infra.host import interruption
from infra.model.errors import ResourceError
from tests.servers.postgres import PostgresServer

pytestmark = pytest.mark.docker
LONG = "SELECT pg_sleep(60)"


@pytest.fixture(autouse=True)
def _interruptible(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is interrupted here goes on for other tests."""
    monkeypatch.setattr(interruption, "_asked", threading.Event())


def running(postgres: PostgresServer) -> int:
    with postgres.admin("postgres") as admin:
        found = admin.execute("SELECT FROM pg_stat_activity WHERE query = %s AND state = 'active'", [LONG]).fetchall()
    return len(found)


def await_count(postgres: PostgresServer, count: int) -> None:
    deadline = time.monotonic() + 10
    while running(postgres) != count:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_an_interrupted_scan_stops_and_its_drill_is_no_failed_one(postgres: PostgresServer) -> None:
    database = Database(postgres.server.name, "aqstream")
    report = DrillReport("dev", "postgres-user", "2026-03-01T00:00:00+00:00")

    def scan() -> None:
        database.query(LONG)

    with ThreadPoolExecutor(1) as pool:
        drill = pool.submit(reported, report, scan)
        await_count(postgres, 1)
        interruption.interrupt_threads()
        with pytest.raises(KeyboardInterrupt):
            drill.result(timeout=10)
    await_count(postgres, 0)
    assert not report.judgements


def test_a_statement_that_fails_says_why(postgres: PostgresServer) -> None:
    with pytest.raises(ResourceError, match="division by zero"):
        Database(postgres.server.name, "aqstream").query("SELECT 1/0")
