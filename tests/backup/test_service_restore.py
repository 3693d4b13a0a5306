"""One service's schema of another moment comes beside the running one."""

import signal
import time
from collections.abc import Iterator

import pytest

from infra.backup.restore.schema import _dropped_on_failure
from infra.model.errors import ResourceError
from tests.backup.on_stack import INSTANCE, await_archived, await_full, execute, switch_wal
from tests.servers.stack import StackUnderTest

pytestmark = pytest.mark.docker
SCHEMA = "user_service_restored"
RESTORE = ("restore", "-i", INSTANCE, "--service", "user_service")


def psql(stack: StackUnderTest, statement: str) -> tuple[int, str]:
    return execute(stack, ["psql", "-XqAt", "-d", "aqstream", "-c", statement])


@pytest.fixture
def tidy(backed_up: StackUnderTest) -> Iterator[None]:
    yield
    psql(backed_up, f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")


@pytest.mark.usefixtures("tidy")
def test_a_schema_comes_back_whole_and_for_the_superuser_only(backed_up: StackUnderTest) -> None:
    await_full(backed_up)
    before = backed_up.leftovers()
    done = backed_up.command(*RESTORE)
    assert done.returncode == 0, done.stderr
    tables = "SELECT count(*) FROM pg_tables WHERE schemaname = '{}'"
    assert psql(backed_up, tables.format(SCHEMA)) == psql(backed_up, tables.format("user_service"))
    code, said = psql(backed_up, f"SET ROLE user_service_app; SELECT count(*) FROM {SCHEMA}.users")
    assert code != 0
    assert "permission denied" in said
    assert backed_up.leftovers() == before
    assert "service.dump" not in execute(backed_up, ["ls", "/var/lib/postgresql"])[1]
    again = backed_up.command(*RESTORE)
    assert again.returncode == 4
    assert "DROP SCHEMA" in again.stderr


@pytest.mark.usefixtures("tidy")
def test_one_that_was_there_at_that_moment_is_not_in_the_way(backed_up: StackUnderTest) -> None:
    await_full(backed_up)
    assert psql(backed_up, f"CREATE SCHEMA {SCHEMA} CREATE TABLE {SCHEMA}.former ()")[0] == 0
    await_archived(backed_up, switch_wal(backed_up))
    assert psql(backed_up, f"DROP SCHEMA {SCHEMA} CASCADE")[0] == 0
    done = backed_up.command(*RESTORE)
    assert done.returncode == 0, done.stderr
    assert psql(backed_up, f"SELECT to_regclass('{SCHEMA}.former') IS NULL") == (0, "t\n")


HELD_UP = "SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'CREATE SCHEMA%'"
HOLDERS = "FROM pg_stat_activity WHERE application_name = 'holding up' AND wait_event = 'PgSleep'"


@pytest.fixture
def held_up(backed_up: StackUnderTest) -> Iterator[None]:
    """No schema can be made, until the end at most."""
    hold = "BEGIN; LOCK TABLE pg_namespace IN SHARE MODE; SELECT pg_sleep(300)"
    session = ["psql", "-Xq", "dbname=aqstream application_name='holding up'", "-c", hold]
    backed_up.container(INSTANCE).exec_run(session, detach=True)
    await_true(backed_up, f"SELECT count(*) = 1 {HOLDERS}")
    yield
    let_go(backed_up)


def let_go(stack: StackUnderTest) -> None:
    psql(stack, f"SELECT pg_terminate_backend(pid, 10000) {HOLDERS}")


def await_true(stack: StackUnderTest, statement: str, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while psql(stack, statement) != (0, "t\n"):
        assert time.monotonic() < deadline, statement
        time.sleep(0.2)


def await_no_program(stack: StackUnderTest, name: str) -> None:
    deadline = time.monotonic() + 60
    while execute(stack, ["pgrep", "-x", name])[0] == 0:
        assert time.monotonic() < deadline
        time.sleep(0.2)


@pytest.mark.usefixtures("tidy", "held_up")
def test_an_interrupt_leaves_no_schema_and_nothing_that_would_still_make_one(backed_up: StackUnderTest) -> None:
    await_full(backed_up)
    process = backed_up.start(*RESTORE)
    await_true(backed_up, HELD_UP, seconds=180)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 8, said
    let_go(backed_up)
    await_no_program(backed_up, "pg_restore")
    assert psql(backed_up, f"SELECT count(*) FROM pg_namespace WHERE nspname = '{SCHEMA}'") == (0, "0\n")
    again = backed_up.command(*RESTORE)
    assert again.returncode == 0, again.stderr


@pytest.mark.usefixtures("tidy")
def test_a_schema_that_is_not_as_in_the_copy_is_dropped(backed_up: StackUnderTest) -> None:
    name = backed_up.container(INSTANCE).name
    assert psql(backed_up, f"CREATE SCHEMA {SCHEMA} CREATE TABLE {SCHEMA}.users ()")[0] == 0
    with pytest.raises(ResourceError, match="differ from the copy"), _dropped_on_failure(name, SCHEMA):
        raise ResourceError("users differ from the copy")
    assert psql(backed_up, f"SELECT count(*) FROM pg_namespace WHERE nspname = '{SCHEMA}'") == (0, "0\n")


EVENTS = "SELECT count(*), coalesce(sum(hashtext(event::text)), 0) FROM {}.analytics_events AS event"
MORE_EVENTS = """
INSERT INTO analytics_service.analytics_events (occurred_at, name, service, value)
SELECT now() - make_interval(days => day), 'seen', 'event_service', day FROM generate_series(1, 5) AS day
"""


def test_a_hypertable_comes_back_as_a_plain_table_with_all_its_rows(backed_up: StackUnderTest) -> None:
    instance, schema = "postgres-analytics", "analytics_service_restored"

    def answer(statement: str) -> str:
        command = ["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", "aqstream", "-c", statement]
        ended = backed_up.container(instance).exec_run(command)
        assert ended.exit_code == 0, ended.output
        return str(ended.output.decode().strip())

    answer(MORE_EVENTS)
    made = backed_up.command("backup", "run", "-i", instance)
    assert made.returncode == 0, made.stderr
    done = backed_up.command("restore", "-i", instance, "--service", "analytics_service")
    assert done.returncode == 0, done.stderr
    try:
        assert answer(EVENTS.format(schema)) == answer(EVENTS.format("analytics_service"))
        assert answer(f"SELECT count(*) >= 5 FROM {schema}.analytics_events") == "t"
    finally:
        answer(f"DROP SCHEMA {schema} CASCADE")


@pytest.mark.parametrize(
    ("more", "word"),
    [
        (("--service", "event_service"), "is not on postgres-user"),
        (("--service", "user_service", "--in-place"), "puts a whole instance back"),
    ],
)
def test_what_cannot_be_is_refused(backed_up: StackUnderTest, more: tuple[str, ...], word: str) -> None:
    await_full(backed_up)
    refused = backed_up.command("restore", "-i", INSTANCE, *more)
    assert refused.returncode == 2
    assert word in refused.stderr
