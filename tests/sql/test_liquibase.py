"""Real Liquibase and our applier take each other's work for their own."""

from pathlib import Path

import psycopg
import pytest

from infra.model.service import Service
from sql.apply import apply, status
from sql.render import render_changelog, render_formatted
from tests.servers.postgres import PostgresServer
from tests.sql.catalog import schema_of
from tests.sql.liquibase import Liquibase

pytestmark = pytest.mark.docker


def _liquibase(postgres: PostgresServer, service: Service, database: str, folder: Path) -> Liquibase:
    url = f"jdbc:postgresql://localhost:{postgres.server.port}/{database}?sslmode=verify-full"
    liquibase = Liquibase(folder)
    liquibase.configure(
        f"{url}&sslrootcert={postgres.folder}/authority.crt",
        service.migrator,
        postgres.passwords[service.migrator],
        render_formatted(render_changelog(service)),
    )
    return liquibase


def _history(connection: psycopg.Connection) -> list[tuple[object, ...]]:
    columns = "id, author, filename, orderexecuted, exectype, md5sum, description, comments, tag, contexts, labels"
    return connection.execute(f"SELECT {columns} FROM databasechangelog ORDER BY orderexecuted").fetchall()


@pytest.mark.parametrize("name", ["user_service", "analytics_service"])
def test_liquibase_finds_nothing_to_do_after_us_and_can_take_back_and_redo(
    postgres: PostgresServer, services: dict[str, Service], tmp_path: Path, name: str
) -> None:
    service = services[name]
    total = len(render_changelog(service).changesets)
    with postgres.fresh() as database, postgres.session(service.migrator, database) as migrator:
        before = _history(migrator)
        liquibase = _liquibase(postgres, service, database, tmp_path)
        if name == "user_service":
            assert "No validation errors found" in liquibase.run("validate")
            assert "is up to date" in liquibase.run("status")
        assert "no changesets to execute" in liquibase.run("update")
        assert _history(migrator) == before
        liquibase.run("rollback-count", f"--count={total - 1}")
        assert len(status(migrator, render_changelog(service)).pending) == total - 1
        liquibase.run("update")
        assert apply(migrator, render_changelog(service)) == []
        assert _history(migrator) == before


@pytest.mark.parametrize("name", ["event_service"])
def test_liquibase_alone_makes_the_same_schema_and_bookkeeping(
    postgres: PostgresServer, services: dict[str, Service], tmp_path: Path, name: str
) -> None:
    service = services[name]
    with postgres.fresh(applied=False) as theirs, postgres.fresh(applied=False) as ours:
        _liquibase(postgres, service, theirs, tmp_path).run("update")
        with postgres.session(service.migrator, ours) as here, postgres.session(service.migrator, theirs) as there:
            apply(here, render_changelog(service))
            assert _history(here) == _history(there)
            assert apply(there, render_changelog(service)) == []
        assert schema_of(postgres, ours) == schema_of(postgres, theirs)
