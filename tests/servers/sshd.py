"""An `sshd` on a port of its own, with throw-away keys and a configuration by which `ssh` knows it."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.servers.container import free_port

ADDRESS = "127.0.0.1"
_STARTED_WITHIN = 20.0
_SERVER = """\
Port {port}
ListenAddress {address}
HostKey {folder}/host
AuthorizedKeysFile {folder}/authorized
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
"""
_CLIENT = """\
Host *
    IdentityFile {folder}/{key}
    IdentitiesOnly yes
    UserKnownHostsFile {folder}/{known}
    GlobalKnownHostsFile /dev/null
"""


@dataclass(frozen=True)
class Sshd:
    """`configuration` lets this user in; what `refused_key` and `unknown_host` name does not."""

    port: int
    folder: Path

    @property
    def configuration(self) -> str:
        """With the right key and the right host key."""
        return self._written("ok", "user", "known")

    @property
    def refused_key(self) -> str:
        """With a key that the server does not know."""
        return self._written("refused", "stranger", "known")

    @property
    def unknown_host(self) -> str:
        """Without the server's key among the known ones."""
        return self._written("unknown", "user", "nobody")

    def url(self, socket_path: str) -> str:
        """The engine behind this socket."""
        return f"ssh://root@{ADDRESS}:{self.port}{socket_path}"

    def _written(self, name: str, key: str, known: str) -> str:
        path = self.folder / name
        path.write_text(_CLIENT.format(folder=self.folder, key=key, known=known))
        return str(path)


@contextmanager
def sshd(folder: Path) -> Iterator[Sshd]:
    """One that runs as this user, who is root; its keys lie in the folder."""
    for name in ("host", "user", "stranger"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True)
    (folder / "authorized").write_text((folder / "user.pub").read_text())
    server = Sshd(free_port(), folder)
    (folder / "known").write_text(f"[{ADDRESS}]:{server.port} {(folder / 'host.pub').read_text()}")
    (folder / "server").write_text(_SERVER.format(port=server.port, address=ADDRESS, folder=folder))
    Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    command = ["/usr/sbin/sshd", "-D", "-e", "-f", str(folder / "server")]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stderr=log, env={"PATH": os.environ["PATH"]})
    try:
        _await(server.port)
        yield server
    finally:
        process.terminate()
        process.wait()


def _await(port: int) -> None:
    deadline = time.monotonic() + _STARTED_WITHIN
    while time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection((ADDRESS, port), timeout=1):
            return
        time.sleep(0.05)
    raise AssertionError("sshd did not start")
