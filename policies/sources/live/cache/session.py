"""A login on a cache server, answered in Redis's own terms."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError
from redis.retry import Retry

from infra.model.errors import CannotCheck
from policies.sources.live.access import Access

_TIMEOUT_SECONDS = 10


class Session:
    """Commands on one connection."""

    def __init__(self, client: redis.Redis) -> None:
        self._client: Any = client
        self._connection: Any = client.connection_pool.get_connection()

    def run(self, *command: str | int) -> Any:
        """The reply. Raises redis.exceptions.RedisError."""
        return self.replies([command])[0]

    def pairs(self, *command: str | int) -> dict[str, Any]:
        """The reply of a command that answers name, value, name, value, ..."""
        reply = self.run(*command)
        return dict(zip(reply[::2], reply[1::2], strict=True))

    def replies(self, commands: Sequence[Sequence[str | int]]) -> list[Any]:
        """All replies, sent in one go. Raises the first command's error where there is only one."""
        answers = list(self.answers(commands))
        if len(answers) == 1 and isinstance(answers[0], ResponseError):
            raise answers[0]
        return answers

    def answers(self, commands: Sequence[Sequence[str | int]]) -> Iterator[Any]:
        """Each reply or ResponseError, all commands sent in one go."""
        self._connection.send_packed_command(self._connection.pack_commands(commands))
        for _ in commands:
            try:
                yield self._connection.read_response()
            except ResponseError as error:
                yield error

    def close(self) -> None:
        """End the connection."""
        self._connection.disconnect()
        self._client.close()


@contextmanager
def opened(access: Access, server: str, login: str) -> Iterator[Session]:
    """A session of this login. Raises CannotCheck naming server, login and cause."""
    if login not in access.caches.get(server, {}):
        raise CannotCheck(f"{server}: no password for {login} among the stack's outputs", "run `aqdata up`")
    pair = access.caches[server][login]
    client = client_of(access, server, pair.user, pair.secret)
    try:
        session = Session(client)
    except RedisError as error:
        raise CannotCheck(f"{server}: {login} cannot log in: {error}", f"check that {server} is healthy") from error
    try:
        yield session
    except RedisError as error:
        raise CannotCheck(f"{server}: {login}: {error}", f"check that {server} is healthy") from error
    finally:
        session.close()


def client_of(access: Access, server: str, user: str | None, secret: str | None) -> redis.Redis:
    """A client that verifies the server; without a user it does not log in."""
    endpoint = access.endpoint(server)
    return redis.Redis(
        host=endpoint.host,
        port=endpoint.port,
        username=user,
        password=secret,
        ssl=True,
        ssl_ca_certs=str(access.authority),
        decode_responses=True,
        encoding_errors="replace",
        socket_timeout=_TIMEOUT_SECONDS,
        socket_connect_timeout=_TIMEOUT_SECONDS,
        client_name="aqdata-verify",
        retry=Retry(NoBackoff(), 0),
        protocol=2,
    )
