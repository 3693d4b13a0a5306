"""A deployed stack whose payments move to a signed tenant context: commands, verification, rotation of the key."""

import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import errors

from infra.model.tenant_token import SETTING, SigningKey
from tests.servers.stack import StackUnderTest, stack

pytestmark = [pytest.mark.docker, pytest.mark.long]

TENANT = uuid.uuid4()
INSERT = """
INSERT INTO payments (tenant_id, registration_id, provider, amount_cents, currency)
VALUES (%s, gen_random_uuid(), 'test', 100, 'EUR')
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackUnderTest]:
    """Deployed with the plain context and a payment of the tenant, then moved to the signed one."""
    with stack(tmp_path_factory.mktemp("signed")) as found:
        _up(found)
        with _session(found) as app, app.transaction():
            app.execute("SELECT set_config('app.tenant_id', %s, true)", [str(TENANT)])
            app.execute(INSERT, [TENANT])
        _sign(found)
        yield found


def _sign(made: StackUnderTest, **tenancy: str) -> None:
    instances = made.settings["instances"]
    signed = instances["postgres-payment"] | {"tenancy": {"context": "signed"} | tenancy}
    made.configure(instances=instances | {"postgres-payment": signed})
    _up(made)


def _up(made: StackUnderTest, *options: str) -> None:
    done = made.command("up", "--skip-verify", "--yes", *options, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr


def _environment(made: StackUnderTest) -> Any:
    done = made.command("env", "payment_service", "--format", "json", "--show-secrets")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["postgres"]


def _key(made: StackUnderTest) -> SigningKey:
    return SigningKey.of(_environment(made)["tenantKey"])


def _session(made: StackUnderTest) -> psycopg.Connection:
    found = _environment(made)
    return psycopg.connect(
        **found["primary"],
        dbname=found["database"],
        user=found["username"],
        password=found["password"],
        sslmode="require",
        autocommit=True,
    )


def _payments(made: StackUnderTest, token: str) -> int:
    with _session(made) as app, app.transaction():
        app.execute("SELECT set_config(%s, %s, true)", [SETTING, token])
        ((count,),) = app.execute("SELECT count(*) FROM payments").fetchall()
        return int(count)


def test_what_was_there_is_seen_with_a_token(made: StackUnderTest) -> None:
    assert _payments(made, _key(made).token(TENANT)) == 1
    assert _payments(made, "") == 0


def test_the_stack_is_verified(made: StackUnderTest) -> None:
    done = made.command("verify", timeout=400)
    assert done.returncode == 0, done.stdout + done.stderr


def test_another_up_changes_nothing(made: StackUnderTest) -> None:
    done = made.command("up", "--skip-verify", "--yes", "--refresh", "--expect-no-changes", timeout=400)
    assert done.returncode == 0, done.stdout + done.stderr


def test_it_is_proved_and_no_changeset_is_due(made: StackUnderTest) -> None:
    for command in (("proof", "run"), ("sql", "status", "--expect-no-changes"), ("sql", "diff", "--expect-no-changes")):
        done = made.command(*command)
        assert done.returncode == 0, done.stdout + done.stderr


def test_psql_has_a_token_for_its_tenant(made: StackUnderTest) -> None:
    query = "SELECT count(*) FROM payments"
    for options, shown in ((("--tenant", str(TENANT)), "1"), ((), "0")):
        done = made.command("psql", "payment_service", *options, "--", "-X", "-At", "-c", query)
        assert done.stdout.strip() == shown, done.stderr


def test_demo_data_goes_in(made: StackUnderTest) -> None:
    done = made.command("seed", "--tenants", "2", "--rows", "20")
    assert done.returncode == 0, done.stderr


def test_a_rotated_key_leaves_tokens_valid_for_the_overlap(made: StackUnderTest) -> None:
    before = _key(made)
    _up(made, "--replace", "**Password::postgres-payment-tenant-key")
    after = _key(made)
    assert before.id != after.id
    assert [_payments(made, key.token(TENANT)) for key in (before, after)] == [1, 1]
    _sign(made, keyOverlap="0s")
    with pytest.raises(errors.InvalidAuthorizationSpecification, match="unknown key"):
        _payments(made, before.token(TENANT))
    assert _payments(made, after.token(TENANT)) == 1
    done = made.command("verify", timeout=400)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_key_that_somebody_exchanged_is_put_back(made: StackUnderTest) -> None:
    made.container("postgres-payment").exec_run(
        ["psql", "-U", "postgres", "aqstream", "-c", "DELETE FROM tenant_context.signing_key"], user="postgres"
    )
    _up(made, "--refresh")
    assert _payments(made, _key(made).token(TENANT)) == 1


def test_a_drill_proves_the_restored_copy_too(made: StackUnderTest, tmp_path: Path) -> None:
    backed_up = made.command("backup", "run", "-i", "postgres-payment", timeout=300)
    assert backed_up.returncode == 0, backed_up.stdout + backed_up.stderr
    drill = made.command("drill", "-i", "postgres-payment", "--evidence", str(tmp_path), timeout=300)
    assert drill.returncode == 0, drill.stdout + drill.stderr
