"""What isolates tenants is compared between a server and its restored copy: every change of it is seen."""

import json
from collections.abc import Iterator
from types import ModuleType

import pytest

from tests.image_script import image_script
from tests.servers.postgres import PostgresServer

_TABLE = "event_service.events"


@pytest.fixture
def isolation() -> ModuleType:
    return image_script("postgres", "isolation")


@pytest.fixture
def database(postgres: PostgresServer) -> Iterator[str]:
    with postgres.fresh() as name:
        yield name


def lines(isolation: ModuleType, postgres: PostgresServer, database: str) -> frozenset[str]:
    with postgres.admin(database) as admin:

        def sql(statement: str) -> str:
            row = admin.execute(statement).fetchone()
            assert row is not None
            return json.dumps(row[0])

        found: frozenset[str] = isolation.isolation_lines(sql)
    return found


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (f"ALTER TABLE {_TABLE} NO FORCE ROW LEVEL SECURITY", "relation event_service.events"),
        (f"ALTER TABLE {_TABLE} DISABLE ROW LEVEL SECURITY", "relation event_service.events"),
        (f"CREATE POLICY open ON {_TABLE} USING (true)", "policy open"),
        (f"GRANT SELECT (title) ON {_TABLE} TO PUBLIC", "column event_service.events.title"),
        (f"CREATE VIEW event_service.leak AS SELECT * FROM {_TABLE}", "relation event_service.leak"),
        ("CREATE FUNCTION event_service.leak() RETURNS int SECURITY DEFINER RETURN 1", "function event_service.leak"),
        ("CREATE SCHEMA leak", "schema leak"),
        ("ALTER DEFAULT PRIVILEGES IN SCHEMA event_service GRANT SELECT ON TABLES TO PUBLIC", "default grants"),
    ],
)
def test_a_change_of_what_isolates_is_seen_and_named(
    isolation: ModuleType, postgres: PostgresServer, database: str, change: str, named: str
) -> None:
    before = lines(isolation, postgres, database)
    with postgres.admin(database) as admin:
        admin.execute(change)
    after = lines(isolation, postgres, database)
    isolation.compare(before, after, before)
    isolation.compare(before, after, after)
    with pytest.raises(isolation.CheckFailed, match=f"has '{named}"):
        isolation.compare(before, before, after)
    with pytest.raises(isolation.CheckFailed, match="the copy does not isolate tenants as the server does"):
        isolation.compare(after, after, before)


@pytest.mark.parametrize("attribute", ["BYPASSRLS", "SUPERUSER"])
def test_a_role_that_passes_over_isolation_is_seen(
    isolation: ModuleType, postgres: PostgresServer, database: str, attribute: str
) -> None:
    role = f"passes_over_{attribute.lower()}"
    with postgres.admin(database) as admin:
        admin.execute(f"CREATE ROLE {role}")
        try:
            before = lines(isolation, postgres, database)
            admin.execute(f"ALTER ROLE {role} {attribute}")
            with pytest.raises(isolation.CheckFailed, match=f"role {role}"):
                isolation.compare(before, before, lines(isolation, postgres, database))
            admin.execute(f"GRANT event_service_owner TO {role}")
            member = f"membership of {role} in event_service_owner"
            assert any(line.startswith(member) for line in lines(isolation, postgres, database))
        finally:
            admin.execute(f"DROP ROLE {role}")


def test_equal_catalogs_pass_and_a_copy_without_them_does_not(
    isolation: ModuleType, postgres: PostgresServer, database: str
) -> None:
    found = lines(isolation, postgres, database)
    isolation.compare(found, found, found)
    assert sum(line.startswith("policy ") for line in found) >= 10
    with pytest.raises(isolation.CheckFailed, match=r"it lacks '.*' \(\d+ more\)$"):
        isolation.compare(found, found, frozenset())
