"""The code of docs/tenant-context.md does what it says."""

import re
import subprocess
import uuid
from collections.abc import Iterator
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


def _code(language: str) -> str:
    text = (ROOT / "docs" / "tenant-context.md").read_text(encoding="utf-8")
    (found,) = re.findall(rf"<!-- run by tests/sql/test_guide.py -->\n```{language}\n(.*?)```", text, re.DOTALL)
    return str(found)


@pytest.fixture(scope="module")
def database(postgres: PostgresServer) -> Iterator[str]:
    """Two events of A and one of B."""
    with postgres.fresh() as name:
        with postgres.session("event_service_app", name) as app:
            for tenant in (A, A, B):
                with app.transaction():
                    app.execute("SELECT set_config('app.tenant_id', %s, true)", [str(tenant)])
                    app.execute(
                        "INSERT INTO events (tenant_id, organizer_id, title, starts_at, ends_at)"
                        " VALUES (%s, gen_random_uuid(), 'x', now(), now() + interval '1 h')",
                        [tenant],
                    )
        yield name


def test_the_python_of_the_guide_keeps_tenants_apart(postgres: PostgresServer, database: str) -> None:
    guide: dict[str, Any] = {}
    exec(_code("python"), guide)  # noqa: S102 our own page
    with postgres.session("event_service_app", database) as connection:
        for tenant, count in ((A, 2), (B, 1), (uuid.uuid4(), 0)):
            with guide["tenant_transaction"](connection, tenant) as session:
                assert session.execute(COUNT).fetchone() == (count,)
        assert connection.execute(COUNT).fetchone() == (0,), "the tenant ended with the transaction"


def test_the_java_of_the_guide_keeps_tenants_apart(postgres: PostgresServer, database: str, tmp_path: Path) -> None:
    imports, _, provider = _code("java").partition("\n\n")
    header, _, main = MAIN.strip().partition("\n\n")
    # A file that java runs from source has to begin with the class to run.
    (tmp_path / "Main.java").write_text(f"{imports}\n{header}\n{main}\n{provider.replace('public final', 'final')}")
    url = (
        f"jdbc:postgresql://localhost:{postgres.server.port}/{database}?sslmode=verify-full"
        f"&sslrootcert={postgres.folder}/authority.crt&user=event_service_app"
        f"&password={postgres.passwords['event_service_app']}"
    )
    command = ["java", "-cp", f"{libraries()}/*", str(tmp_path / "Main.java"), str(A), str(B)]
    done = subprocess.run(command, input=url, capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["2", "1"], done.stderr


def test_the_seeds_session_wide_setting_would_stay_on_the_connection(postgres: PostgresServer, database: str) -> None:
    with postgres.session("event_service_app", database) as connection:
        connection.execute(psycopg.sql.SQL("SET app.tenant_id = {}").format(str(A)))
        assert connection.execute(COUNT).fetchone() == (2,)
