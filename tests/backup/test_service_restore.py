"""One service's schema of another moment comes beside the running one."""

from collections.abc import Iterator

import pytest

from tests.backup.on_stack import INSTANCE, await_full, execute
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
