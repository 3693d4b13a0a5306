"""Probes of an instance with a signed tenant context: quiet as it is deployed, loud when the check is hollowed out."""

from collections.abc import Iterator

import pytest

from infra.model.service import Service
from policies.facts.probes import Attempt
from policies.sources.live.access import Access, Endpoint
from policies.sources.live.catalog import read_catalog
from policies.sources.live.probes.run import probe_service
from tests.servers.postgres import PostgresServer, signed_postgres

pytestmark = pytest.mark.docker

__all__ = ["signed_postgres"]
INSTANCE = "postgres-payment"


@pytest.fixture
def database(signed_postgres: PostgresServer) -> Iterator[str]:
    with signed_postgres.fresh() as name:
        yield name


def _attempts(server: PostgresServer, database: str, change: tuple[str, str] | None = None) -> list[Attempt]:
    service: Service = server.services["payment_service"].model_copy(update={"instance": INSTANCE})
    endpoint = Endpoint("localhost", server.server.port, database)
    passwords = {(INSTANCE, role): password for role, password in server.passwords.items()}
    keys = {INSTANCE: server.signing_key}
    access = Access({INSTANCE: endpoint}, server.folder / "authority.crt", passwords, tenant_keys=keys)
    with server.admin(database) as admin:
        if change is not None:
            ((body,),) = admin.execute(
                "SELECT pg_get_functiondef('tenant_context.current_tenant()'::regprocedure)"
            ).fetchall()
            assert change[0] in body
            admin.execute(body.replace(*change).encode())
        catalog = read_catalog(admin, INSTANCE)
    probed = probe_service(access, catalog, service)
    assert probed.unread == ()
    return list(probed.attempts)


def _leaks(attempts: list[Attempt]) -> set[str]:
    return {attempt.context for attempt in attempts if attempt.aim == "foreign" and attempt.reached}


def test_every_context_is_tried_and_none_leaks(signed_postgres: PostgresServer, database: str) -> None:
    attempts = _attempts(signed_postgres, database)
    contexts = {"unset", "empty", "own", "other", "malformed", "unsigned", "expired", "edited"}
    assert {attempt.context for attempt in attempts} == contexts
    assert _leaks(attempts) == set()
    own = [attempt for attempt in attempts if attempt.aim == "own" and attempt.is_granted]
    assert own
    assert all(attempt.reached for attempt in own)


@pytest.mark.parametrize(
    ("change", "context"),
    [
        (("SELECT encode(sha256(key.outer_pad", "SELECT true OR encode(sha256(key.outer_pad"), "edited"),
        (("- 1800) <= 1800", "- 1800) >= 0"), "expired"),
    ],
)
def test_a_check_that_checks_less_leaks(
    signed_postgres: PostgresServer, database: str, change: tuple[str, str], context: str
) -> None:
    assert _leaks(_attempts(signed_postgres, database, change)) == {context}
