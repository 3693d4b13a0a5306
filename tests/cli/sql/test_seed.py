"""`aqdata seed`: plausible data, under the policies and all constraints."""

from random import Random

import pytest

from cli.stack_access import StackAccess
from infra.model.loading import load_intent, load_services
from sql.demo.rows import COLUMNS, current_moment, tenant_rows
from tests.cli.sql.conftest import Command
from tests.servers.postgres import PostgresServer

pytestmark = pytest.mark.docker


def test_every_declared_table_that_is_filled_exists_and_every_service_has_some() -> None:
    services = load_services()
    assert {service for service, _ in COLUMNS} == set(services)
    assert all(table in services[service].tables for service, table in COLUMNS)


def test_the_same_random_source_gives_the_same_rows() -> None:
    now = current_moment()
    first, second = (tenant_rows(Random(7), 60, now, ["t"]) for _ in range(2))  # noqa: S311 demo data
    assert first == second


def test_a_stack_is_filled_as_asked(aqdata: Command, postgres: PostgresServer, database: str) -> None:
    code, out, err = aqdata("seed", "--tenants", "3", "--rows", "40", "--random-seed", "1")
    assert code == 0, err
    assert out.startswith("3 tenants, ")
    with postgres.admin(database) as admin:
        found = {
            (service, table): admin.execute(f"SELECT count(*) FROM {service}.{table}".encode()).fetchone()
            for service, table in COLUMNS
        }
        tenants = admin.execute("SELECT count(DISTINCT tenant_id) FROM event_service.registrations").fetchone()
        members = admin.execute("SELECT count(*) FROM user_service.user_organizations").fetchone()
    assert found["user_service", "organizations"] == (3,)
    assert found["event_service", "registrations"] == (120,)
    assert not [table for table, count in found.items() if count == (0,)]
    assert (tenants, members) == ((3,), (12,))


def test_it_can_be_run_again_but_not_with_the_same_seed(aqdata: Command) -> None:
    arguments = ("seed", "--tenants", "1", "--rows", "1", "--random-seed", "5")
    assert aqdata(*arguments)[0] == 0
    assert aqdata("seed", "--tenants", "1", "--rows", "0")[0] == 0
    code, _, err = aqdata(*arguments)
    assert code == 2
    assert "these rows are there already" in err


def test_production_is_refused(aqdata: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(StackAccess, "declared", property(lambda _self: load_intent("prod").stack))
    code, _, err = aqdata("seed", "--tenants", "1", "--stack", "prod")
    assert code == 2
    assert "stack prod is marked production" in err


@pytest.mark.parametrize("arguments", [["--tenants", "0"], ["--rows", "-1"], ["--rows", "many"]])
def test_a_wrong_number_is_refused(aqdata: Command, arguments: list[str]) -> None:
    assert aqdata("seed", *arguments)[0] == 2
