"""analytics_events: a hypertable by day that forgets what is past its retention."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg import errors
from pydantic import ValidationError

from infra.model.stack import Instance
from tests.servers.postgres import PostgresServer

pytestmark = pytest.mark.docker

INSERT = (
    "INSERT INTO analytics_events (name, service, occurred_at) VALUES ('login', 'user', now() - %s * interval '1 day')"
)
CHUNKS = "SELECT count(*) FROM extensions.show_chunks('analytics_service.analytics_events')"


@pytest.fixture
def app(postgres: PostgresServer) -> Iterator[psycopg.Connection]:
    with postgres.fresh() as name, postgres.session("analytics_service_app", name) as connection:
        yield connection


def test_each_day_has_a_chunk_of_its_own(app: psycopg.Connection) -> None:
    for days in (0, 1, 1, 2):
        app.execute(INSERT, [days])
    assert app.execute(CHUNKS).fetchone() == (3,)


def test_expired_chunks_are_dropped_and_younger_ones_stay(app: psycopg.Connection) -> None:
    for days in (0, 399, 402, 500):
        app.execute(INSERT, [days])
    assert app.execute("SELECT drop_expired_events()").fetchone() == (2,)
    assert app.execute("SELECT count(*) FROM analytics_events").fetchone() == (2,)
    assert app.execute("SELECT drop_expired_events()").fetchone() == (0,)


def test_inserts_need_not_wait_for_the_disk(app: psycopg.Connection) -> None:
    assert app.execute("SHOW synchronous_commit").fetchone() == ("off",)


def test_time_is_found_by_the_primary_key_alone(app: psycopg.Connection) -> None:
    indexes = app.execute("SELECT indexname FROM pg_indexes WHERE tablename = 'analytics_events' ORDER BY 1").fetchall()
    assert indexes == [("analytics_events_pkey",), ("idx_analytics_events_name_occurred_at",)]


def test_rows_come_in_by_copy(app: psycopg.Connection) -> None:
    with app.cursor().copy("COPY analytics_events (name, service, occurred_at) FROM STDIN") as copy:
        for day in ("2026-01-01", "2026-01-02"):
            copy.write_row(("login", "user", day))
    assert app.execute(CHUNKS).fetchone() == (2,)


def test_pgaudit_beside_it_is_refused_because_copy_would_crash_the_server() -> None:
    declared = {"port": 5435, "limits": {"memory": "1GiB", "cpus": 1}, "extensions": ["timescaledb"], "audit": True}
    with pytest.raises(ValidationError, match="'audit' and the extension timescaledb exclude each other"):
        Instance.model_validate(declared)


@pytest.mark.parametrize("statement", ["DELETE FROM analytics_events", "UPDATE analytics_events SET value = 0"])
def test_metrics_are_appended_only(app: psycopg.Connection, statement: str) -> None:
    with pytest.raises(errors.InsufficientPrivilege):
        app.execute(statement.encode())
