"""The code of docs/tenant-context.md does what it says."""

import re
import subprocess
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from infra.model.loading import ROOT
from tests.servers.postgres import PostgresServer
from tests.sql.liquibase import libraries

pytestmark = pytest.mark.docker

A, B = uuid.uuid4(), uuid.uuid4()
COUNT = "SELECT count(*) FROM events"

MAIN = """
import org.postgresql.ds.PGSimpleDataSource;

class Main {
    public static void main(String[] arguments) throws Exception {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setUrl(new String(System.in.readAllBytes()));
        TenantConnectionProvider provider = new TenantConnectionProvider(source);
        for (String tenant : arguments) {
            int count = provider.inTenant(UUID.fromString(tenant), connection -> {
                try (var rows = connection.createStatement().executeQuery("SELECT count(*) FROM events")) {
                    rows.next();
                    return rows.getInt(1);
                }
            });
            System.out.println(count);
        }
    }
}
"""


SIGNED_MAIN = """
import org.postgresql.ds.PGSimpleDataSource;

class Main {
    public static void main(String[] arguments) throws Exception {
        String[] given = new String(System.in.readAllBytes()).split("\\n");
        TenantSigner signer = new TenantSigner(given[1]);
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setUrl(given[0]);
        for (String tenant : arguments) {
            try (Connection connection = source.getConnection()) {
                connection.setAutoCommit(false);
                signer.choose(connection, UUID.fromString(tenant));
                try (var rows = connection.createStatement().executeQuery("SELECT count(*) FROM events")) {
                    rows.next();
                    System.out.println(rows.getInt(1));
                }
            }
        }
    }
}
"""


def _code(language: str, mark: str = "") -> str:
    text = (ROOT / "docs" / "tenant-context.md").read_text(encoding="utf-8")
    (found,) = re.findall(rf"<!-- {mark}run by tests/sql/test_guide.py -->\n```{language}\n(.*?)```", text, re.DOTALL)
    return str(found)


@pytest.fixture(scope="module")
def database(postgres: PostgresServer) -> Iterator[str]:
    """Two events of A and one of B."""
    with postgres.fresh() as name:
        _fill(postgres, name, lambda tenant: ("app.tenant_id", str(tenant)))
        yield name


@pytest.fixture(scope="module")
def signed_database(signed_postgres: PostgresServer) -> Iterator[str]:
    """The same where the context is signed."""
    with signed_postgres.fresh() as name:
        _fill(signed_postgres, name, lambda tenant: ("app.tenant_token", signed_postgres.signing_key.token(tenant)))
        yield name


def _fill(server: PostgresServer, database: str, setting: Callable[[uuid.UUID], tuple[str, str]]) -> None:
    with server.session("event_service_app", database) as app:
        for tenant in (A, A, B):
            with app.transaction():
                app.execute("SELECT set_config(%s, %s, true)", setting(tenant))
                app.execute(
                    "INSERT INTO events (tenant_id, organizer_id, title, starts_at, ends_at)"
                    " VALUES (%s, gen_random_uuid(), 'x', now(), now() + interval '1 h')",
                    [tenant],
                )


def _run_java(folder: Path, code: str, main: str, given: str) -> list[str]:
    imports, _, provider = code.partition("\n\n")
    header, _, rest = main.strip().partition("\n\n")
    # A file that java runs from source has to begin with the class to run.
    (folder / "Main.java").write_text(f"{imports}\n{header}\n{rest}\n{provider.replace('public final', 'final')}")
    command = ["java", "-cp", f"{libraries()}/*", str(folder / "Main.java"), str(A), str(B)]
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def _url(server: PostgresServer, database: str) -> str:
    return (
        f"jdbc:postgresql://localhost:{server.server.port}/{database}?sslmode=verify-full"
        f"&sslrootcert={server.folder}/authority.crt&user=event_service_app"
        f"&password={server.passwords['event_service_app']}"
    )


def test_the_python_of_the_guide_keeps_tenants_apart(postgres: PostgresServer, database: str) -> None:
    guide: dict[str, Any] = {}
    exec(_code("python"), guide)  # noqa: S102 our own page
    with postgres.session("event_service_app", database) as connection:
        for tenant, count in ((A, 2), (B, 1), (uuid.uuid4(), 0)):
            with guide["tenant_transaction"](connection, tenant) as session:
                assert session.execute(COUNT).fetchone() == (count,)
        assert connection.execute(COUNT).fetchone() == (0,), "the tenant ended with the transaction"


def test_the_python_of_the_guide_signs(signed_postgres: PostgresServer, signed_database: str) -> None:
    guide: dict[str, Any] = {}
    exec(_code("python", "signed: "), guide)  # noqa: S102 our own page
    with signed_postgres.session("event_service_app", signed_database) as connection:
        for tenant, count in ((A, 2), (B, 1), (uuid.uuid4(), 0)):
            with guide["tenant_transaction"](connection, signed_postgres.signing_key, tenant) as session:
                assert session.execute(COUNT).fetchone() == (count,)
        assert connection.execute(COUNT).fetchone() == (0,), "the token ended with the transaction"


ACTIVITY = "SELECT query FROM pg_stat_activity WHERE pid = %s"
CHOOSE = "SELECT set_config('app.tenant_token', {}, true)"


@pytest.mark.parametrize("is_bound", [True, False], ids=["bound", "literal"])
def test_a_bound_token_is_seen_by_no_other_session_and_a_literal_one_is(
    signed_postgres: PostgresServer, signed_database: str, *, is_bound: bool
) -> None:
    token = signed_postgres.signing_key.token(A)
    with (
        signed_postgres.session("event_service_app", signed_database) as chosen,
        signed_postgres.session("event_service_app", signed_database) as other,
        chosen.transaction(),
    ):
        chosen.execute(CHOOSE.format("%s") if is_bound else CHOOSE.format(f"'{token}'"), [token] if is_bound else None)
        shown = other.execute(ACTIVITY, [chosen.info.backend_pid]).fetchone()
    assert shown == ((CHOOSE.format("$1") if is_bound else CHOOSE.format(f"'{token}'")),)


def test_the_log_has_no_bound_token_of_a_statement_that_fails(
    signed_postgres: PostgresServer, signed_database: str
) -> None:
    bound, literal = (f"{signed_postgres.signing_key.token(tenant)}x" for tenant in (A, B))
    choose_and_count = f"SELECT count(*) FROM event_service.events, {CHOOSE.removeprefix('SELECT ')} AS chosen"
    with signed_postgres.session("event_service_app", signed_database) as app:
        for text, values in ((choose_and_count.format("%s"), [bound]), (choose_and_count.format(f"'{literal}'"), None)):
            with pytest.raises(psycopg.DatabaseError):
                app.execute(text, values)
    log = signed_postgres.server.container.logs().decode()
    assert (bound in log, literal in log) == (False, True)


def test_the_java_of_the_guide_keeps_tenants_apart(postgres: PostgresServer, database: str, tmp_path: Path) -> None:
    assert _run_java(tmp_path, _code("java"), MAIN, _url(postgres, database)) == ["2", "1"]


def test_the_java_of_the_guide_signs(signed_postgres: PostgresServer, signed_database: str, tmp_path: Path) -> None:
    key = signed_postgres.signing_key
    given = f"{_url(signed_postgres, signed_database)}\n{key.id}{key.secret.decode()}"
    assert _run_java(tmp_path, _code("java", "signed: "), SIGNED_MAIN, given) == ["2", "1"]


def test_the_seeds_session_wide_setting_would_stay_on_the_connection(postgres: PostgresServer, database: str) -> None:
    with postgres.session("event_service_app", database) as connection:
        connection.execute(psycopg.sql.SQL("SET app.tenant_id = {}").format(str(A)))
        assert connection.execute(COUNT).fetchone() == (2,)
