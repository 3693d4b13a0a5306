"""COPY into the hypertable against COPY into a plain table with the same columns, constraints and indexes."""

import statistics
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from tests.servers.postgres import PostgresServer, running_postgres

pytestmark = pytest.mark.docker

ROWS = 200_000
ROUNDS = 7
LOWEST_RATIO = 0.9
COLUMNS = "occurred_at, name, service, value, attributes"


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with running_postgres(settings_over={"max_wal_size": "8GB", "autovacuum": "off"}) as found:
        found.prepare()
        with found.admin() as admin:
            admin.execute("SET event_triggers = off")
            admin.execute(
                "CREATE TABLE analytics_service.plain_events (LIKE analytics_service.analytics_events INCLUDING ALL);"
                "GRANT SELECT, INSERT ON analytics_service.plain_events TO analytics_service_app"
            )
        yield found


def _lines(day: int) -> bytes:
    """Metrics in the order of their time, as services send them: all within the given day."""
    begin = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day)
    step = timedelta(days=1) / ROWS
    return "".join(
        f'{begin + number * step}\tpage_view\tevent\t{number % 1000}\t{{"path": "/events/{number % 500}"}}\n'
        for number in range(ROWS)
    ).encode()


def _rate(app: psycopg.Connection, table: str, lines: bytes) -> float:
    """Rows a second."""
    start = time.perf_counter()
    with app.transaction(), app.cursor().copy(f"COPY {table} ({COLUMNS}) FROM STDIN".encode()) as copy:
        copy.write(lines)
    return ROWS / (time.perf_counter() - start)


def test_copy_into_the_hypertable_is_nearly_as_fast_as_into_a_plain_table(server: PostgresServer) -> None:
    hyper: list[float] = []
    plain: list[float] = []
    with server.session("analytics_service_app") as app, server.admin() as admin:
        for day in range(ROUNDS):
            lines = _lines(day)
            admin.execute("CHECKPOINT")
            tables = [(hyper, "analytics_events"), (plain, "plain_events")]
            for rates, table in tables if day % 2 else tables[::-1]:
                rates.append(_rate(app, table, lines))
    ours, theirs = statistics.median(hyper), statistics.median(plain)
    ratio = ours / theirs
    print(
        f"\nCOPY: hypertable {ours:,.0f} rows/s, plain table {theirs:,.0f} rows/s,"
        f" ratio {ratio:.2f} (at least {LOWEST_RATIO})"
    )
    assert ratio >= LOWEST_RATIO
