"""Logging in to the object store; its client library is loaded when somebody does, not for every plan."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from pydantic import Field

from infra.engine.loading import load
from infra.model.declaration import Declaration

if TYPE_CHECKING:
    from infra.provider.object_store_session import Store

_SESSION = "infra.provider.object_store_session"


class StoreLogin(Declaration):
    """Where and as whom. `secretKey` is secret; `authority` is a certificate in PEM."""

    host: str
    port: int
    access_key: str
    secret_key: str = Field(repr=False)
    authority: str

    @property
    def endpoint(self) -> str:
        """`host:port`."""
        return f"{self.host}:{self.port}"


def connect(login: StoreLogin) -> AbstractContextManager[Store]:
    """The login's clients. Raises ResourceError naming the endpoint where a call inside fails."""
    store: AbstractContextManager[Store] = load(f"{_SESSION}:connect")(login)
    return store


def may_log_in(login: StoreLogin, *, patience: float = 0) -> bool:
    """Whether the store accepts this key pair. Raises ResourceError where it does not answer in time."""
    return bool(load(f"{_SESSION}:may_log_in")(login, patience=patience))


def when_started(call: Callable[[], None], patience: float) -> None:
    """Make the call; for `patience` seconds make it again while the server does not serve yet."""
    load(f"{_SESSION}:when_started")(call, patience)
