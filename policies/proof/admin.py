"""The superuser's session of an instance's own container: over its socket, without a password, by way of Docker.

Only whoever commands the Docker host can do this, and could do anything else there too; so neither the superuser's
password nor its certificate has to leave the state.
"""

import contextlib
import socket
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docker
import psycopg
from docker.errors import DockerException
from docker.utils.socket import STDOUT, frames_iter

from infra.model.errors import CannotCheck

_SOCKET = ".s.PGSQL.5432"
_BRIDGE = f"""
import os, socket, threading
server = socket.socket(socket.AF_UNIX); server.connect("/run/postgresql/{_SOCKET}")
def up():
    while chunk := os.read(0, 65536): server.sendall(chunk)
    server.shutdown(socket.SHUT_WR)
threading.Thread(target=up, daemon=True).start()
while chunk := server.recv(65536): os.write(1, chunk)
"""


@contextlib.contextmanager
def superuser(container: str, database: str) -> "Iterator[psycopg.Connection[Any]]":
    """A session of `postgres` in autocommit mode. Raises CannotCheck where the container does not give one."""
    with tempfile.TemporaryDirectory(prefix="aqdata-") as folder, socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(Path(folder) / _SOCKET))
        listener.listen()
        threading.Thread(target=_serve, args=(listener, container), daemon=True).start()
        with _connected(folder, container, database) as connection:
            yield connection


@contextlib.contextmanager
def _connected(folder: str, container: str, database: str) -> "Iterator[psycopg.Connection[Any]]":
    try:
        connection = psycopg.connect(
            host=folder,
            user="postgres",
            dbname=database,
            autocommit=True,
            connect_timeout=10,
            application_name="aqdata",
        )
    except psycopg.OperationalError as error:
        raise CannotCheck(
            f"no superuser's session in container {container}: {str(error).strip().splitlines()[-1]}",
            "docker ps --filter name=aqstream-",
        ) from error
    with connection:
        connection.execute("SET search_path = pg_catalog, pg_temp")
        yield connection


def _serve(listener: socket.socket, container: str) -> None:
    """Carry each connection into the container; a failure ends the connection, which psycopg reports."""
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=_carry, args=(client, container), daemon=True).start()


def _carry(client: socket.socket, container: str) -> None:
    with client, contextlib.suppress(DockerException, OSError):
        api = docker.from_env().api
        command = ["python3", "-c", _BRIDGE]
        execution = api.exec_create(container, command, stdin=True, stderr=False, user="postgres")
        stream = api.exec_start(execution["Id"], socket=True)
        inner = getattr(stream, "_sock", stream)
        threading.Thread(target=_pump_in, args=(client, inner), daemon=True).start()
        for kind, chunk in frames_iter(stream, tty=False):
            if kind == STDOUT:
                client.sendall(chunk)


def _pump_in(client: socket.socket, inner: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while chunk := client.recv(1 << 16):
            inner.sendall(chunk)
        inner.shutdown(socket.SHUT_WR)
