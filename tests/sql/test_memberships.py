"""A user's organizations, found before a tenant is chosen."""

import uuid
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import errors

from tests.servers.postgres import PostgresServer

pytestmark = pytest.mark.docker

FIND = "SELECT slug, role FROM memberships_of_user(%s) ORDER BY slug"


@pytest.fixture
def app(postgres: PostgresServer) -> Iterator[psycopg.Connection]:
    with postgres.fresh() as name, postgres.session("user_service_app", name, autocommit=False) as connection:
        yield connection
        connection.rollback()


def _user(app: psycopg.Connection, name: str) -> uuid.UUID:
    row = app.execute(
        "INSERT INTO users (email, password_hash, first_name, last_name) VALUES (%s, %s, %s, '') RETURNING id",
        [f"{name}@example.org", "$argon2id$v=19$m=19456,t=2,p=1$", name],
    ).fetchone()
    assert row is not None
    return uuid.UUID(str(row[0]))


def _organization(app: psycopg.Connection, slug: str, members: dict[uuid.UUID, str]) -> str:
    tenant = str(uuid.uuid4())
    app.execute("SELECT set_config('app.tenant_id', %s, true)", [tenant])
    owner = next(iter(members))
    app.execute(
        "INSERT INTO organizations (id, owner_id, name, slug) VALUES (%s, %s, %s, %s)", [tenant, owner, slug, slug]
    )
    for user, role in members.items():
        app.execute(
            "INSERT INTO organization_members (organization_id, user_id, role) VALUES (%s, %s, %s)",
            [tenant, user, role],
        )
    return tenant


def test_a_user_finds_every_own_organization_and_no_other(app: psycopg.Connection) -> None:
    ann, ben = _user(app, "ann"), _user(app, "ben")
    _organization(app, "one", {ann: "OWNER", ben: "MEMBER"})
    _organization(app, "two", {ben: "OWNER", ann: "ADMIN"})
    _organization(app, "three", {ben: "OWNER"})
    app.execute("SELECT set_config('app.tenant_id', '', true)")
    assert app.execute(FIND, [ann]).fetchall() == [("one", "OWNER"), ("two", "ADMIN")]
    assert app.execute("SELECT count(*) FROM organizations").fetchone() == (0,), "no tenant is left chosen"


def test_the_callers_tenant_stays(app: psycopg.Connection) -> None:
    ann = _user(app, "ann")
    _organization(app, "one", {ann: "OWNER"})
    tenant = _organization(app, "two", {ann: "OWNER"})
    app.execute(FIND, [ann])
    assert app.execute("SELECT current_setting('app.tenant_id')").fetchone() == (tenant,)


def test_who_leaves_or_moves_is_found_no_more(app: psycopg.Connection) -> None:
    ann, ben = _user(app, "ann"), _user(app, "ben")
    _organization(app, "one", {ann: "OWNER"})
    app.execute("UPDATE organization_members SET user_id = %s", [ben])
    assert app.execute(FIND, [ann]).fetchall() == []
    assert app.execute(FIND, [ben]).fetchall() == [("one", "OWNER")]
    app.execute("DELETE FROM organization_members")
    assert app.execute(FIND, [ben]).fetchall() == []


def test_the_list_behind_it_is_closed(app: psycopg.Connection) -> None:
    with pytest.raises(errors.InsufficientPrivilege):
        app.execute("SELECT * FROM user_organizations")


def test_reports_see_neither_accounts_nor_the_function(postgres: PostgresServer) -> None:
    with postgres.session("user_service_readonly") as readonly:
        for statement in ("SELECT email FROM users", "SELECT memberships_of_user(gen_random_uuid())"):
            with pytest.raises(errors.InsufficientPrivilege):
                readonly.execute(statement.encode())
