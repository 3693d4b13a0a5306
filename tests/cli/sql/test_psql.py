"""`aqdata psql`: a session of a service's login, with the tenant chosen."""

import os
import shutil
import subprocess
import uuid

import pytest

from cli.connection import Databases, psql_command
from infra.model.loading import load_intent
from tests.cli.sql.conftest import Command, outputs_of
from tests.servers.postgres import PostgresServer

pytestmark = pytest.mark.docker


@pytest.fixture(scope="session", autouse=True)
def psql() -> None:
    if shutil.which("psql") is None:
        subprocess.run(["apt-get", "install", "-qy", "--no-install-recommends", "postgresql-client"], check=True)


def _run(postgres: PostgresServer, database: str, role: str, tenant: str | None, query: str) -> str:
    databases = Databases(load_intent("dev"), outputs_of(postgres, database))
    login = databases.login(databases.service("event_service"), f"event_service_{role}")
    setting = databases.tenant_setting(databases.service("event_service"), uuid.UUID(tenant)) if tenant else None
    command, environment = psql_command(login, setting, ["-X", "-At", "-v", "ON_ERROR_STOP=1", "-c", query])
    password = postgres.passwords[login.user]
    assert not [text for text in (*command, *environment.values()) if password in text]
    descriptors = [int(value.rpartition("/")[2]) for value in environment.values() if value.startswith("/proc/self/fd")]
    done = subprocess.run(
        command, env=os.environ | environment, pass_fds=descriptors, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_session_is_the_services_with_its_tenant(postgres: PostgresServer, database: str) -> None:
    tenant = str(uuid.uuid4())
    query = "SELECT current_user, current_setting('app.tenant_id'), count(*) FROM events"
    assert _run(postgres, database, "app", tenant, query) == f"event_service_app|{tenant}|0"


def test_without_a_tenant_none_is_chosen(postgres: PostgresServer, database: str) -> None:
    assert _run(postgres, database, "readonly", None, "SELECT current_setting('app.tenant_id', true) IS NULL") == "t"


def test_the_session_is_encrypted(postgres: PostgresServer, database: str) -> None:
    query = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
    assert _run(postgres, database, "app", None, query) == "t"


def test_the_command_executes_psql_in_place_of_itself(aqdata: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    executed: list[list[str]] = []
    monkeypatch.setattr(os, "execvpe", lambda _file, command, _environment: executed.append(command))
    assert aqdata("psql", "event_service", "--tenant", str(uuid.uuid4()), "--", "-c", "SELECT 1")[0] == 0
    assert executed == [["psql", "-c", "SELECT 1"]]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["event_service", "--tenant", "acme"], "'acme' is no tenant"),
        (["event_service", "--role", "owner"], "no role 'owner'"),
        (["shop_service"], "no service 'shop_service'"),
    ],
)
def test_a_wrong_argument_is_refused(aqdata: Command, arguments: list[str], complaint: str) -> None:
    code, _, err = aqdata("psql", *arguments)
    assert code == 2
    assert complaint in err
