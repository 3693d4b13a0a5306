"""Logging in to a Redis server; its client library is loaded when somebody does, not for every plan."""

from __future__ import annotations

from contextlib import AbstractContextManager
from hashlib import sha256
from typing import TYPE_CHECKING

from pydantic import Field

from infra.engine.loading import load
from infra.model.declaration import Declaration

if TYPE_CHECKING:
    from infra.provider.cache_session import Session

_SESSION = "infra.provider.cache_session"


class CacheLogin(Declaration):
    """Where and as whom. `password` is secret; `authority` is a certificate in PEM."""

    host: str
    port: int
    username: str
    password: str = Field(repr=False)
    authority: str


def connect(login: CacheLogin, *, patience: float = 0) -> AbstractContextManager[Session]:
    """A session that has logged in; for `patience` seconds it tries again while the server starts.

    Raises ResourceError naming the endpoint, also where a command inside fails.
    """
    session: AbstractContextManager[Session] = load(f"{_SESSION}:connect")(login, patience=patience)
    return session


def may_log_in(login: CacheLogin) -> bool:
    """Whether the server accepts this password. Raises ResourceError where it does not answer."""
    return bool(load(f"{_SESSION}:may_log_in")(login))


def digest(password: str) -> str:
    """The password as Redis keeps it."""
    return sha256(password.encode()).hexdigest()
