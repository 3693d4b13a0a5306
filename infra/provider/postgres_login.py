"""Logging in to a PostgreSQL instance; its client library is loaded when somebody does, not for every plan."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from infra.engine.loading import load
from infra.model.declaration import Declaration

if TYPE_CHECKING:
    import psycopg


class Login(Declaration):
    """Where and as whom. `password` and `clientKey` are secrets; certificates are PEM."""

    host: str
    port: int
    database: str
    user: str
    password: str
    authority: str
    client_certificate: str = ""
    client_key: str = ""


def connect(login: Login, *, patience: float = 0) -> AbstractContextManager[psycopg.Connection]:
    """A connection in autocommit mode, verified against the authority.

    For `patience` seconds it tries again while the server starts. Raises ResourceError naming the endpoint.
    """
    session: AbstractContextManager[psycopg.Connection] = load("infra.provider.postgres_session:connect")(
        login, patience=patience
    )
    return session
