"""Sessions with a Redis server over TLS, verified against the stack's authority."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import redis
from redis import exceptions
from redis.backoff import NoBackoff
from redis.retry import Retry

from infra.model.errors import OutcomeUnknown, ResourceError
from infra.provider.cache_login import CacheLogin

_POLL_SECONDS = 0.05
_TIMEOUT_SECONDS = 10


class Session:
    """A logged-in connection that answers in Redis's own terms: text, numbers, lists."""

    def __init__(self, client: redis.Redis) -> None:
        self._client: Any = client

    def run(self, *command: str | int) -> Any:
        """The reply to one command. Raises redis.exceptions.RedisError."""
        return self._client.execute_command(*command)

    def refusal(self, *command: str | int) -> str | None:
        """The server's words where it refuses the command, else None."""
        try:
            self.run(*command)
        except exceptions.ResponseError as error:
            return str(error)
        return None

    def pairs(self, *command: str | int) -> dict[str, Any]:
        """The reply of a command that answers name, value, name, value, ..."""
        reply = self.run(*command)
        return dict(zip(reply[::2], reply[1::2], strict=True))


@contextmanager
def connect(login: CacheLogin, *, patience: float = 0) -> Iterator[Session]:
    """A session that has logged in; for `patience` seconds it tries again while the server starts.

    Raises ResourceError naming the endpoint, also where a command inside fails, and OutcomeUnknown where the server
    stops answering one.
    """
    client, is_connected = _client(login), False
    try:
        _await(client, time.monotonic() + patience)
        is_connected = True
        yield Session(client)
    except exceptions.RedisError as error:
        failure = OutcomeUnknown if is_connected and _is_silence(error) else ResourceError
        raise failure(
            f"Redis at {login.host}:{login.port} as {login.username}: {error}", "docker ps --filter name=aqstream-"
        ) from error
    finally:
        client.close()


def _is_silence(error: exceptions.RedisError) -> bool:
    """Whether it is about the connection; the library counts a refused login among those."""
    lost = isinstance(error, exceptions.ConnectionError | exceptions.TimeoutError)
    return lost and not isinstance(error, exceptions.AuthenticationError)


def may_log_in(login: CacheLogin) -> bool:
    """Whether the server accepts this password. Raises ResourceError where it does not answer."""
    try:
        with connect(login):
            return True
    except ResourceError as error:
        if isinstance(error.__cause__, exceptions.AuthenticationError):
            return False
        raise


def _client(login: CacheLogin) -> redis.Redis:
    client = redis.Redis(
        host=login.host,
        port=login.port,
        username=login.username,
        password=login.password,
        ssl=True,
        ssl_ca_data=login.authority,
        decode_responses=True,
        socket_timeout=_TIMEOUT_SECONDS,
        socket_connect_timeout=_TIMEOUT_SECONDS,
        client_name="aqdata",
        retry=Retry(NoBackoff(), 0),
        protocol=2,
    )
    client.response_callbacks.clear()
    return client


def _await(client: redis.Redis, deadline: float) -> None:
    """Ping until the server has started and loaded its data; a refused password is final."""
    while True:
        try:
            client.ping()
        except exceptions.AuthenticationError:
            raise
        except (exceptions.ConnectionError, exceptions.TimeoutError):  # BusyLoadingError is one of the former
            if time.monotonic() > deadline:
                raise
            time.sleep(_POLL_SECONDS)
        else:
            return
