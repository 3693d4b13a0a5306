"""Filling a test server with many keys, and a client that measures how long it waits."""

import multiprocessing
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.synchronize import Event
from typing import Any

from infra.model.cache_access import PROVISIONER
from infra.provider.cache_login import connect
from tests.servers.redis import TestRedis

ADMIN, _PASSWORD = "admin", "admin-password"
_CHUNK = 2000


@contextmanager
def administrator(server: TestRedis) -> Iterator[Any]:
    """A client that may do everything, for the time of a test."""
    with connect(server.login(PROVISIONER)) as session:
        session.run("ACL SETUSER", ADMIN, "on", f">{_PASSWORD}", "~*", "&*", "+@all")
        client = server.client_with(ADMIN, _PASSWORD, socket_timeout=60)
        try:
            yield client
        finally:
            client.close()
            session.run("ACL DELUSER", ADMIN)


def fill(client: Any, entries: Iterable[tuple[str, str, int]]) -> None:
    """SET each (key, value, seconds) without waiting for answers; refusals go unnoticed, as with a full server."""
    connection = client.connection_pool.get_connection()
    connection.send_packed_command(connection.pack_command("CLIENT", "REPLY", "OFF"))
    chunk: list[bytes] = []
    for key, value, seconds in entries:
        chunk.append(_set(key.encode(), value.encode(), str(seconds).encode()))
        if len(chunk) == _CHUNK:
            connection.send_packed_command([b"".join(chunk)])
            chunk.clear()
    connection.send_packed_command([b"".join(chunk), connection.pack_command("CLIENT", "REPLY", "ON")[0]])
    connection.read_response()
    client.connection_pool.release(connection)


def _set(key: bytes, value: bytes, seconds: bytes) -> bytes:
    parts = (b"SET", key, value, b"EX", seconds)
    return b"*5\r\n" + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts)


@dataclass(frozen=True)
class Window:
    """Latencies of one stretch of time, in milliseconds."""

    milliseconds: list[float]

    def quantile(self, share: float) -> float:
        ordered = sorted(self.milliseconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class Client:
    """A process of its own that reads a key a thousand times a second and notes when and how long."""

    def __init__(self, server: TestRedis, user: str, key: str) -> None:
        self._stop: Event = multiprocessing.get_context("fork").Event()
        self._seen: Any = multiprocessing.get_context("fork").Queue()
        arguments = (server, user, key, self._stop, self._seen)
        self._process = multiprocessing.get_context("fork").Process(target=_read_on, args=arguments)

    def __enter__(self) -> "Client":
        self._process.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._process.join()

    def finish(self) -> list[tuple[float, float]]:
        """(moment, milliseconds) of every read."""
        self._stop.set()
        found: list[tuple[float, float]] = self._seen.get()
        return found


def _read_on(server: TestRedis, user: str, key: str, stop: Event, seen: Any) -> None:
    client, found = server.client(user), list[tuple[float, float]]()
    while not stop.is_set():
        start = time.monotonic()
        client.get(key)
        end = time.monotonic()
        found.append((start, (end - start) * 1000))
        time.sleep(0.001)
    seen.put(found)


def window(reads: list[tuple[float, float]], start: float, end: float) -> Window:
    """The reads that began between two moments."""
    return Window([milliseconds for moment, milliseconds in reads if start <= moment < end])
