"""The signed tenant context as sessions meet it: what a token opens, and what is refused."""

import time
import uuid
from collections.abc import Callable, Iterator
from random import Random

import psycopg
import pytest
from psycopg import errors

from infra.model.loading import load_services
from infra.model.tenancy import InstanceTenancy
from infra.model.tenant_token import SigningKey
from sql.apply import apply
from sql.bootstrap import prepare
from sql.demo.fill import fill
from sql.demo.rows import current_moment, tenant_rows
from sql.render import render_bootstrap, render_changelog
from sql.signing_key import is_placed, place
from tests.servers.postgres import PostgresServer

pytestmark = pytest.mark.docker

A, B = uuid.uuid4(), uuid.uuid4()
OTHER = SigningKey.of("Another0" + "k" * 32)
INSERT = """
INSERT INTO payments (tenant_id, registration_id, provider, amount_cents, currency)
VALUES (%s, gen_random_uuid(), 'test', 100, 'EUR')
"""


@pytest.fixture(scope="module")
def database(signed_postgres: PostgresServer) -> Iterator[str]:
    """Two payments of A and one of B."""
    with signed_postgres.fresh() as name:
        with signed_postgres.session("payment_service_app", name) as app:
            for tenant in (A, A, B):
                with app.transaction():
                    _enter(app, signed_postgres.signing_key.token(tenant))
                    app.execute(INSERT, [tenant])
        yield name


@pytest.fixture
def key(signed_postgres: PostgresServer) -> SigningKey:
    return signed_postgres.signing_key


@pytest.fixture
def app(signed_postgres: PostgresServer, database: str) -> Iterator[psycopg.Connection]:
    """A session of the application; whatever a test does is rolled back."""
    with signed_postgres.session("payment_service_app", database, autocommit=False) as connection:
        yield connection
        connection.rollback()


@pytest.fixture
def admin(signed_postgres: PostgresServer, database: str) -> Iterator[psycopg.Connection]:
    """A superuser's transaction that is rolled back."""
    with signed_postgres.admin(database) as connection, connection.transaction(force_rollback=True):
        yield connection


def _enter(connection: psycopg.Connection, token: str) -> None:
    connection.execute("SELECT set_config('app.tenant_token', %s, true)", [token])


def _count(connection: psycopg.Connection) -> int:
    ((count,),) = connection.execute("SELECT count(*) FROM payments").fetchall()
    return int(count)


def test_a_token_shows_its_tenants_rows_only(app: psycopg.Connection, key: SigningKey) -> None:
    for tenant, count in ((A, 2), (B, 1), (uuid.uuid4(), 0)):
        _enter(app, key.token(tenant))
        assert _count(app) == count


def test_without_a_token_no_row_is_visible_and_none_can_be_written(app: psycopg.Connection) -> None:
    assert _count(app) == 0
    _enter(app, "")
    assert _count(app) == 0
    with pytest.raises(errors.InsufficientPrivilege):
        app.execute(INSERT, [A])


def test_the_plain_setting_opens_nothing(app: psycopg.Connection) -> None:
    app.execute("SELECT set_config('app.tenant_id', %s, true)", [str(A)])
    assert _count(app) == 0


def test_a_token_writes_for_its_tenant_only(app: psycopg.Connection, key: SigningKey) -> None:
    _enter(app, key.token(A))
    app.execute(INSERT, [A])
    with pytest.raises(errors.InsufficientPrivilege):
        app.execute(INSERT, [B])


def _edited(token: str) -> str:
    return token.replace(str(A), str(B))


def _changed_mac(token: str) -> str:
    return token[:-1] + ("0" if token[-1] != "0" else "1")


@pytest.mark.parametrize(
    ("forged", "message"),
    [
        pytest.param(lambda key: "acme", "malformed", id="no token"),
        pytest.param(lambda key: str(A), "malformed", id="a bare tenant"),
        pytest.param(lambda key: key.token(A)[:-1], "malformed", id="too short"),
        pytest.param(lambda key: key.token(A) + "0", "malformed", id="too long"),
        pytest.param(lambda key: key.token(A).upper(), "malformed", id="in capitals"),
        pytest.param(lambda key: f"{key.id}." + "z" * 112, "malformed", id="letters for numbers"),
        pytest.param(lambda key: _edited(key.token(A)), "altered", id="another tenant"),
        pytest.param(lambda key: key.token(A)[:46] + "9999999999" + key.token(A)[56:], "altered", id="a later expiry"),
        pytest.param(lambda key: _changed_mac(key.token(A)), "altered", id="another mac"),
        pytest.param(lambda key: SigningKey(key.id, OTHER.secret).token(A), "altered", id="another secret"),
        pytest.param(lambda key: SigningKey(key.id, b"").token(A), "altered", id="no secret"),
        pytest.param(lambda key: OTHER.token(A), "unknown key", id="an unknown key"),
        pytest.param(lambda key: key.token(A, lifetime=0), "expired", id="expired"),
        pytest.param(lambda key: key.token(A, now=1_700_000_000), "expired", id="expired long ago"),
        pytest.param(lambda key: key.token(A, lifetime=3_700), "more than an hour", id="for too long"),
    ],
)
def test_what_the_key_did_not_sign_for_now_is_refused(
    app: psycopg.Connection, key: SigningKey, forged: Callable[[SigningKey], str], message: str
) -> None:
    _enter(app, forged(key))
    with pytest.raises(errors.InvalidAuthorizationSpecification, match=message):
        _count(app)


def test_a_token_ends_during_a_transaction(app: psycopg.Connection, key: SigningKey) -> None:
    _enter(app, key.token(A, lifetime=2))
    assert _count(app) == 2
    time.sleep(2)
    with pytest.raises(errors.InvalidAuthorizationSpecification, match="expired"):
        _count(app)


@pytest.mark.parametrize("role", ["payment_service_app", "payment_service_readonly", "verifier", "backup"])
def test_no_login_reads_the_key_or_signs(signed_postgres: PostgresServer, database: str, role: str) -> None:
    with signed_postgres.session(role, database) as session:
        for statement in (
            "SELECT * FROM tenant_context.signing_key",
            "INSERT INTO tenant_context.signing_key VALUES ('abcdefgh', '', '')",
            "SELECT tenant_context.token_for(gen_random_uuid())",
            "SET ROLE tenant_context_owner",
        ):
            with pytest.raises(errors.InsufficientPrivilege):
                session.execute(statement.encode())


def test_the_migrator_reads_no_key_and_signs_as_the_owner(
    signed_postgres: PostgresServer, database: str, app: psycopg.Connection
) -> None:
    with signed_postgres.session("payment_service_migrator", database) as migrator:
        with pytest.raises(errors.InsufficientPrivilege):
            migrator.execute("SELECT * FROM tenant_context.signing_key")
        ((token,),) = migrator.execute("SELECT tenant_context.token_for(%s)", [A]).fetchall()
    _enter(app, token)
    assert _count(app) == 2


def test_the_tenant_is_an_init_plan_and_the_index_is_used(app: psycopg.Connection, key: SigningKey) -> None:
    app.execute("SET LOCAL enable_seqscan = off")
    _enter(app, key.token(A))
    rows = app.execute("EXPLAIN (COSTS off) SELECT * FROM payments WHERE registration_id = gen_random_uuid()")
    plan = "\n".join(row[0] for row in rows)
    assert "InitPlan" in plan
    assert "idx_payments_registration" in plan
    assert "tenant_id = (InitPlan 1).col1" in plan


def test_a_parallel_plan_sees_the_same_rows(app: psycopg.Connection, key: SigningKey) -> None:
    app.execute("SET LOCAL debug_parallel_query = on")
    _enter(app, key.token(A))
    assert _count(app) == 2


def test_an_earlier_keys_tokens_last_as_long_as_the_overlap(
    app: psycopg.Connection, admin: psycopg.Connection, key: SigningKey
) -> None:
    place(admin, OTHER, overlap=60)
    assert is_placed(admin, OTHER, 60)
    assert _tenant(admin, key.token(A)) == A
    assert _tenant(admin, OTHER.token(A)) == A
    place(admin, OTHER, overlap=0)
    assert not is_placed(admin, key, 60)
    with pytest.raises(errors.InvalidAuthorizationSpecification, match="unknown key"):
        _tenant(admin, key.token(A))


def _tenant(connection: psycopg.Connection, token: str) -> uuid.UUID:
    _enter(connection, token)
    ((tenant,),) = connection.execute("SELECT tenant_context.current_tenant()").fetchall()
    return uuid.UUID(str(tenant))


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM tenant_context.signing_key",
        "UPDATE tenant_context.signing_key SET inner_pad = outer_pad",
        "UPDATE tenant_context.signing_key SET not_after = now() + interval '1 minute'",
        "INSERT INTO tenant_context.signing_key"
        " VALUES ('intruder', repeat('k', 64)::bytea, repeat('k', 64)::bytea, now() + interval '1 day')",
    ],
)
def test_a_key_that_somebody_changed_is_noticed(admin: psycopg.Connection, key: SigningKey, change: str) -> None:
    assert is_placed(admin, key, 60)
    admin.execute(change.encode())
    assert not is_placed(admin, key, 60)


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("INSERT INTO {keys} VALUES ('second00', {pad}, {pad}, 'infinity')", "signing_key_in_use"),
        ("UPDATE {keys} SET not_after = now() + interval '8 days'", "signing_key_end_check"),
        ("UPDATE {keys} SET inner_pad = set_byte(inner_pad, 31, 54)", "signing_key_secret_check"),
        ("UPDATE {keys} SET outer_pad = set_byte(outer_pad, 31, 92)", "signing_key_secret_check"),
        ("UPDATE {keys} SET inner_pad = substr(inner_pad, 2)", "signing_key_inner_pad_check"),
    ],
)
def test_keys_that_are_weak_or_never_end_are_refused(admin: psycopg.Connection, change: str, constraint: str) -> None:
    statement = change.format(keys="tenant_context.signing_key", pad="repeat('k', 64)::bytea")
    with pytest.raises(errors.IntegrityError, match=constraint):
        admin.execute(statement.encode())


def test_an_instance_without_a_key_opens_to_nobody(admin: psycopg.Connection, key: SigningKey) -> None:
    admin.execute("DELETE FROM tenant_context.signing_key")
    with pytest.raises(errors.ObjectNotInPrerequisiteState, match="no signing key"), admin.transaction():
        admin.execute("SELECT tenant_context.token_for(gen_random_uuid())")
    with pytest.raises(errors.InvalidAuthorizationSpecification):
        _tenant(admin, key.token(A))


def test_demo_data_goes_through_the_policies(signed_postgres: PostgresServer, key: SigningKey) -> None:
    service = load_services()["payment_service"]
    rows = tenant_rows(Random(1), 40, current_moment(), ["t"])  # noqa: S311 demo data
    tenant = rows["payment_service", "payments"][0][1]
    with signed_postgres.fresh() as name:
        with signed_postgres.session(service.migrator, name) as migrator:
            assert fill(migrator, service, rows, "signed") > 0
        with signed_postgres.session(service.app, name) as session, session.transaction():
            _enter(session, key.token(tenant))
            assert _count(session) == len(rows["payment_service", "payments"])


def test_an_instance_moves_from_plain_to_signed_by_its_policies_alone(
    signed_postgres: PostgresServer, key: SigningKey
) -> None:
    service = load_services()["payment_service"]
    plain, signed = (render_changelog(service, tenant_context=context) for context in ("plain", "signed"))
    with signed_postgres.fresh(applied=False) as name, signed_postgres.session(service.migrator, name) as migrator:
        apply(migrator, plain)
        with migrator.transaction():
            migrator.execute("SELECT set_config('app.tenant_id', %s, true)", [str(A)])
            migrator.execute(b"INSERT INTO payment_service." + INSERT.split("INTO ")[1].encode(), [A])
        assert [row.id for row in apply(migrator, signed)] == ["9000_policies"]
        with migrator.transaction():
            _enter(migrator, key.token(A))
            assert migrator.execute("SELECT count(*) FROM payment_service.payments").fetchone() == (1,)


def test_the_bootstrap_of_a_signed_instance_can_be_repeated(signed_postgres: PostgresServer, key: SigningKey) -> None:
    services = list(signed_postgres.services.values())
    again = signed_postgres.instance.model_copy(update={"tenancy": InstanceTenancy(context="signed")})
    prepare(signed_postgres.admin, "test", render_bootstrap(again, "test", services), {})
    with signed_postgres.admin() as admin:
        assert is_placed(admin, key, 60)


def test_a_user_finds_memberships_and_gets_no_token_for_them(signed_postgres: PostgresServer, key: SigningKey) -> None:
    with signed_postgres.fresh() as name, signed_postgres.session("user_service_app", name) as app, app.transaction():
        ((user,),) = app.execute(
            "INSERT INTO users (email, password_hash, first_name, last_name)"
            " VALUES ('a@example.org', '$argon2id$v=19$m=19456,t=2,p=1$', 'a', '') RETURNING id"
        ).fetchall()
        _enter(app, key.token(A))
        app.execute("INSERT INTO organizations (id, owner_id, name, slug) VALUES (%s, %s, 'a', 'a')", [A, user])
        app.execute(
            "INSERT INTO organization_members (organization_id, user_id, role) VALUES (%s, %s, 'OWNER')", [A, user]
        )
        _enter(app, "")
        assert app.execute("SELECT slug FROM memberships_of_user(%s)", [user]).fetchall() == [("a",)]
        assert app.execute("SELECT current_setting('app.tenant_token')").fetchone() == ("",)
        assert app.execute("SELECT count(*) FROM organizations").fetchone() == (0,)
