"""The Docker Engine's socket of another machine, brought here by `ssh` itself.

The user's own `ssh` is run, so that its configuration, agent and known hosts count and no key passes through us. It
asks nothing. One process carries every connection to its machine; it ends with this process, whose pipe it reads.
"""

import atexit
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from infra.model.errors import HostUnreachable

CONNECT_SECONDS = 10
_READY_SECONDS = 20.0
_POLL_SECONDS = 0.05
_LINES = 3
"""What `ssh` says of one failure."""
_DEFAULT_SOCKET = "/var/run/docker.sock"
_REASONS = (
    ("Host key verification failed", "its host key is not the known one", "its key in ~/.ssh/known_hosts"),
    ("Permission denied", "it refuses our key", "a key that it lets in without a question"),
    ("open failed", "ssh lets us in, and its Docker socket does not", "an engine whose socket this user may use"),
    ("Could not resolve", "its name leads nowhere", "a name or an address"),
)


@dataclass(frozen=True)
class SshAddress:
    """`ssh://[user@]host[:port][/socket]` with more options of `ssh`, such as `-F` and a file."""

    url: str
    options: tuple[str, ...] = ()

    @property
    def command(self) -> list[str]:
        """`ssh` as far as the machine's name."""
        parts = urlsplit(self.url)
        user = ["-l", parts.username] if parts.username else []
        port = ["-p", str(parts.port)] if parts.port else []
        return ["ssh", *self.options, *user, *port, parts.hostname or ""]

    @property
    def socket(self) -> str:
        """The engine's socket there."""
        return urlsplit(self.url).path or _DEFAULT_SOCKET


class Tunnel:
    """One `ssh` process and the socket that it serves here."""

    def __init__(self, address: SshAddress) -> None:
        self._address = address
        self._folder = Path(tempfile.mkdtemp(prefix="aqdata-ssh-"))
        self._said = (self._folder / "said").open("w+b")
        self._process = self._start()

    @property
    def url(self) -> str:
        """Where Docker's clients find it."""
        return f"unix://{self._socket}"

    @property
    def is_open(self) -> bool:
        """Whether `ssh` still runs."""
        return self._process.poll() is None

    def wait(self) -> None:
        """Until it can be used. Raises HostUnreachable."""
        deadline = time.monotonic() + _READY_SECONDS
        while not self._socket.exists():
            if not self.is_open or time.monotonic() > deadline:
                raise self.refusal()
            time.sleep(_POLL_SECONDS)

    def refusal(self) -> HostUnreachable:
        """What `ssh` said, as an error with the command that shows it."""
        said = (self._folder / "said").read_text(errors="replace").strip().splitlines()[-_LINES:]
        last = said[-1].strip() if said else f"nothing came within {_READY_SECONDS:.0f} s"
        found = next((each for each in _REASONS if any(each[0] in line for line in said)), None)
        _, reason, expected = found or ("", "it does not answer", "a machine that runs sshd and Docker")
        return HostUnreachable.at(self._address.url, f"{reason} ({last})", expected, self._trial)

    def close(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait()
        self._said.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def _socket(self) -> Path:
        return self._folder / "docker.sock"

    @property
    def _trial(self) -> str:
        return f"{' '.join(self._address.command)} docker version"

    def _start(self) -> "subprocess.Popen[bytes]":
        options = [part for option in _options() for part in ("-o", option)]
        forward = ["-T", "-L", f"{self._socket}:{self._address.socket}"]
        ssh, *where = self._address.command
        command = [ssh, *options, *forward, *where, "cat"]
        try:
            return subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=self._said, start_new_session=True
            )
        except FileNotFoundError:
            raise HostUnreachable.at(
                self._address.url, "there is no `ssh` here", "OpenSSH's client", "apt-get install openssh-client"
            ) from None


def _options() -> tuple[str, ...]:
    return (
        "BatchMode=yes",
        f"ConnectTimeout={CONNECT_SECONDS}",
        "ConnectionAttempts=1",
        "ExitOnForwardFailure=yes",
        "ServerAliveInterval=5",
        "ServerAliveCountMax=2",
        "StreamLocalBindMask=0177",
    )


_OPEN: dict[SshAddress, Tunnel] = {}
_LOCKS: dict[SshAddress, threading.Lock] = {}
_LOCK = threading.Lock()


def tunnel(address: SshAddress) -> Tunnel:
    """The open tunnel to the machine, made when it is first needed or was lost. Raises HostUnreachable."""
    with _LOCK:
        lock = _LOCKS.setdefault(address, threading.Lock())
    with lock:
        found = _OPEN.get(address)
        if found is None or not found.is_open:
            _OPEN[address] = found = Tunnel(address)
            atexit.register(found.close)
            found.wait()
        return found


def ssh_options(configuration: str) -> Sequence[str]:
    """By which `ssh` reads this configuration file instead of the user's; none where none is named."""
    return ("-F", str(Path(configuration).expanduser())) if configuration else ()
