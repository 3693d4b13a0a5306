"""What row-level security costs: the seed's typical queries against the same ones with an explicit WHERE.

What the application waits for is compared, statement by statement in turn, prepared as drivers do it; the server's
own share (pg_stat_statements: planning and execution) is printed beside it. 1,000,000 events and as many
registrations over 1,000 tenants.
"""

import hashlib
import statistics
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

import psycopg
import pytest

from tests.servers.postgres import PostgresServer, running_postgres

pytestmark = pytest.mark.docker

TENANTS, EVENTS = 1_000, 1_000
HOT = 50
ROUNDS = 3_000
WARM_UP = 200
HIGHEST_RATIO = 1.10
UNGUARDED = "unguarded"
"""A role that no policy binds; it stands for the same table without row-level security."""


@dataclass(frozen=True)
class Query:
    """`text` with the place where the explicit condition goes, and the index that has to serve it."""

    name: str
    text: str
    index: str

    def guarded(self) -> str:
        """As the application writes it, the policy adding the tenant."""
        return self.text.format(tenant="")

    def explicit(self) -> str:
        """With the tenant in the statement."""
        return self.text.format(tenant="AND tenant_id = %(tenant)s")


QUERIES = [
    Query(
        "published events by start",
        "SELECT id, title, starts_at FROM event_service.events"
        " WHERE status = 'PUBLISHED' {tenant} ORDER BY starts_at LIMIT 20",
        "idx_events_tenant_published_starts_at",
    ),
    Query(
        "registration by code",
        "SELECT id, event_id, status FROM event_service.registrations WHERE confirmation_code = %(code)s {tenant}",
        "registrations_confirmation_code_key",
    ),
    Query(
        "a user's registrations",
        "SELECT id, event_id, status FROM event_service.registrations"
        " WHERE user_id = %(user)s {tenant} ORDER BY created_at DESC",
        "idx_registrations_user_id",
    ),
]

_FILL = f"""
SET session_replication_role = replica;
SET synchronous_commit = off;
CREATE EXTENSION pg_stat_statements SCHEMA extensions;
CREATE ROLE {UNGUARDED} LOGIN BYPASSRLS;
GRANT CONNECT ON DATABASE aqstream TO {UNGUARDED};
GRANT USAGE ON SCHEMA event_service TO {UNGUARDED};
GRANT SELECT ON ALL TABLES IN SCHEMA event_service TO {UNGUARDED};
INSERT INTO event_service.events (id, tenant_id, organizer_id, title, status, starts_at, ends_at)
SELECT md5('event' || e)::uuid, md5('tenant' || e % {TENANTS})::uuid, md5('user' || e % 5000)::uuid, 'Event ' || e,
  CASE WHEN random() < 0.6 THEN 'PUBLISHED' ELSE 'DRAFT' END, starts, starts + interval '2 h'
FROM (SELECT e, now() + (random() - 0.5) * interval '360 days' AS starts
      FROM generate_series(0, {TENANTS * EVENTS - 1}) AS e) AS made;
INSERT INTO event_service.registrations (tenant_id, event_id, ticket_type_id, user_id, status, confirmation_code)
SELECT md5('tenant' || e % {TENANTS})::uuid, md5('event' || e)::uuid, md5('ticket' || e)::uuid,
  md5('attendee' || e % 200000)::uuid, 'CONFIRMED', 'CODE' || lpad(e::text, 10, '0')
FROM generate_series(0, {TENANTS * EVENTS - 1}) AS e;
"""


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    settings = {"pg_stat_statements.track_planning": "on", "maintenance_work_mem": "256MB", "max_wal_size": "4GB"}
    with running_postgres(settings_over=settings) as found:
        found.prepare()
        with found.admin() as admin:
            admin.execute(_FILL.encode())
            admin.execute("VACUUM (ANALYZE) event_service.events, event_service.registrations")
            admin.execute(f"ALTER ROLE {UNGUARDED} PASSWORD '{found.passwords['event_service_app']}'".encode())
        yield found


@pytest.fixture
def application(server: PostgresServer) -> Iterator[psycopg.Connection]:
    with server.session("event_service_app", autocommit=False) as connection:
        yield connection


@pytest.fixture
def unguarded(server: PostgresServer) -> Iterator[psycopg.Connection]:
    dsn = server.dsn("event_service_app")
    with psycopg.connect(dsn, user=UNGUARDED) as connection:
        yield connection


def _parameters(random: Random) -> dict[str, str]:
    number = random.randrange(TENANTS * EVENTS)
    return {
        "tenant": _md5_uuid(f"tenant{number % TENANTS}"),
        "code": f"CODE{number:010}",
        "user": _md5_uuid(f"attendee{number % 200000}"),
    }


def _md5_uuid(text: str) -> str:
    return str(uuid.UUID(hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()))


def _rows(connection: psycopg.Connection, query: str, parameters: dict[str, str]) -> list[tuple[object, ...]]:
    with connection.transaction():
        connection.execute("SELECT set_config('app.tenant_id', %(tenant)s, true)", parameters)
        return connection.execute(query.encode(), parameters).fetchall()


def _milliseconds(connection: psycopg.Connection, query: str, parameters: dict[str, str]) -> float:
    """What the statement itself takes, the choice of the tenant left out."""
    with connection.transaction():
        connection.execute("SELECT set_config('app.tenant_id', %(tenant)s, true)", parameters)
        start = time.perf_counter()
        connection.execute(query.encode(), parameters).fetchall()
        return (time.perf_counter() - start) * 1000


def _server_times(server: PostgresServer) -> dict[str, float]:
    """Mean milliseconds of planning and execution by role, of what ran since the last call."""
    with server.admin() as admin:
        rows = admin.execute(
            "SELECT userid::regrole::text, sum(total_plan_time + total_exec_time) / sum(calls)"
            " FROM extensions.pg_stat_statements WHERE query LIKE 'SELECT id, %%event_service.%%' GROUP BY 1"
        ).fetchall()
        admin.execute("SELECT extensions.pg_stat_statements_reset()")
    return {str(role): float(mean) for role, mean in rows}


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)
def test_a_query_under_row_security_is_as_fast_as_with_an_explicit_where(
    server: PostgresServer, application: psycopg.Connection, unguarded: psycopg.Connection, query: Query
) -> None:
    random = Random(1)  # noqa: S311 test data
    hot = [_parameters(random) for _ in range(HOT)]
    guarded: list[float] = []
    explicit: list[float] = []
    for round_ in range(ROUNDS + WARM_UP):
        if round_ == WARM_UP:
            _server_times(server)
        runs = [(application, query.guarded(), guarded), (unguarded, query.explicit(), explicit)]
        # Whoever comes first fetches the pages for both.
        for connection, text, times in runs if round_ % 2 else runs[::-1]:
            times.append(_milliseconds(connection, text, hot[round_ % HOT]))
    medians = statistics.median(guarded[WARM_UP:]), statistics.median(explicit[WARM_UP:])
    ratio = medians[0] / medians[1]
    within = _server_times(server)
    print(
        f"\n{query.name}: row-level security {medians[0]:.3f} ms, explicit WHERE {medians[1]:.3f} ms,"
        f" ratio {ratio:.3f} (at most {HIGHEST_RATIO}); of which in the server"
        f" {within['event_service_app']:.3f} and {within[UNGUARDED]:.3f} ms"
    )
    assert ratio <= HIGHEST_RATIO


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)
def test_both_ways_give_the_same_rows(
    application: psycopg.Connection, unguarded: psycopg.Connection, query: Query
) -> None:
    random = Random(3)  # noqa: S311 test data
    for parameters in (_parameters(random) for _ in range(20)):
        rows = _rows(application, query.guarded(), parameters)
        assert rows
        assert rows == _rows(unguarded, query.explicit(), parameters)


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)
def test_a_query_under_row_security_uses_its_index(application: psycopg.Connection, query: Query) -> None:
    parameters = _parameters(Random(2))  # noqa: S311 test data
    application.execute("SELECT set_config('app.tenant_id', %(tenant)s, true)", parameters)
    plan = application.execute(f"EXPLAIN {query.guarded()}".encode(), parameters).fetchall()
    text = "\n".join(row[0] for row in plan)
    assert query.index in text, text
    assert "Seq Scan" not in text
