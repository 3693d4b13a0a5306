"""This machine's Docker Engine behind a socket that loses answers: what was asked happens, and nobody hears of it."""

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_ENGINE = "/var/run/docker.sock"
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


class LosingDocker:
    """`loses` is a pattern of the request line, e.g. `POST .*/containers/create`; `dies` says whether the socket goes
    away with the first answer that is lost, as it does with an engine."""

    def __init__(self, path: Path, server: socket.socket) -> None:
        self.url = f"unix://{path}"
        self.loses = ""
        self.dies = False
        self._path = path
        self._server = server

    def serve(self) -> None:
        """Take connections until the socket is closed."""
        with suppress(OSError):
            while True:
                client, _ = self._server.accept()
                threading.Thread(target=self._answer, args=(client,), daemon=True).start()

    def close(self) -> None:
        """Nothing listens any more."""
        self._path.unlink(missing_ok=True)
        with suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()

    def _answer(self, client: socket.socket) -> None:
        """One request for each connection, so that each is seen."""
        with suppress(OSError), client, socket.socket(socket.AF_UNIX) as engine:
            engine.connect(_ENGINE)
            head, body = _request(client)
            engine.sendall(head.replace(b"\r\n", b"\r\nConnection: close\r\n", 1) + body)
            is_lost = bool(self.loses) and re.match(self.loses, head.decode()) is not None
            first = engine.recv(65536)
            if is_lost and self.dies:
                self.close()
            if is_lost:
                return
            client.sendall(first)
            while piece := engine.recv(65536):
                client.sendall(piece)


def _request(client: socket.socket) -> tuple[bytes, bytes]:
    taken = b""
    while b"\r\n\r\n" not in taken:
        piece = client.recv(65536)
        if not piece:
            raise ConnectionResetError
        taken += piece
    head, _, body = taken.partition(b"\r\n\r\n")
    length = _LENGTH.search(head)
    while len(body) < (int(length[1]) if length else 0):
        body += client.recv(65536)
    return head + b"\r\n\r\n", body


@contextmanager
def losing_docker(path: Path) -> Iterator[LosingDocker]:
    """Its socket is at `path`."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen(64)
        docker = LosingDocker(path, server)
        threading.Thread(target=docker.serve, daemon=True).start()
        yield docker
        docker.close()
