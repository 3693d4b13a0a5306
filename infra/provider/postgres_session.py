"""Sessions with a PostgreSQL instance over TLS, with keys that never lie in a file system."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import psycopg
from psycopg.conninfo import make_conninfo

from infra.host.memory_file import held_in_memory
from infra.model.errors import OutcomeUnknown, ResourceError
from infra.provider.postgres_login import Login

_POLL_SECONDS = 0.05


@contextmanager
def connect(login: Login, *, patience: float = 0) -> Iterator[psycopg.Connection]:
    """A connection in autocommit mode, verified against the authority.

    For `patience` seconds it tries again while the server starts. Raises ResourceError naming the endpoint, and
    OutcomeUnknown where the connection breaks inside.
    """
    with ExitStack() as held:
        connection = _connected(login, _tls(login, held), time.monotonic() + patience)
        with connection, _watched(login, connection):
            yield connection


@contextmanager
def _watched(login: Login, connection: psycopg.Connection) -> Iterator[None]:
    """Words what the server says no more about as OutcomeUnknown; what it refuses is left to the caller."""
    try:
        yield
    except psycopg.OperationalError as error:
        if not connection.broken:
            raise
        raise OutcomeUnknown(*_said(login, "stopped answering", error)) from error


def _connected(login: Login, tls: dict[str, str], deadline: float) -> psycopg.Connection:
    while True:
        try:
            return psycopg.connect(_conninfo(login, tls), autocommit=True)
        except psycopg.OperationalError as error:
            if time.monotonic() > deadline:
                raise ResourceError(*_said(login, f"does not let {login.user} in", error)) from error
            time.sleep(_POLL_SECONDS)


def _conninfo(login: Login, tls: dict[str, str]) -> str:
    return make_conninfo(
        host=login.host,
        port=login.port,
        dbname=login.database,
        user=login.user,
        password=login.password,
        connect_timeout=5,
        application_name="aqdata",
        **tls,
    )


def _said(login: Login, what: str, error: psycopg.OperationalError) -> tuple[str, str]:
    where = f"{login.host}:{login.port}/{login.database}"
    reason = str(error).strip().splitlines()[-1]
    return f"PostgreSQL at {where} {what}: {reason}", "docker ps --filter name=aqstream-"


def _tls(login: Login, held: ExitStack) -> dict[str, str]:
    options = {"sslmode": "verify-full", "sslrootcert": held.enter_context(held_in_memory(login.authority))}
    if login.client_certificate:
        options["sslcert"] = held.enter_context(held_in_memory(login.client_certificate))
        options["sslkey"] = held.enter_context(held_in_memory(login.client_key))
    return options
