"""The stack's lock file, of the same form as the Pulumi CLI's, so that both engines exclude each other.

The CLI leaves a dead process' lock for `pulumi cancel`. Here a lock whose process is gone from this very host
is removed, since nobody can hold it any more; any other one stops the command.
"""

from __future__ import annotations

import getpass
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from infra.engine.embedded.files import write_atomically
from infra.model.errors import AqdataError


class StackLocked(AqdataError):
    """Another process works on the stack."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a lock, as the lock file says it."""

    path: Path
    pid: int
    username: str
    hostname: str
    timestamp: str

    @property
    def is_dead(self) -> bool:
        """Whether the process certainly no longer exists: only this host's processes can be looked up."""
        return self.hostname == socket.gethostname() and not Path(f"/proc/{self.pid}").exists()

    def __str__(self) -> str:
        return f"{self.username}@{self.hostname} (pid {self.pid}) since {self.timestamp}"


@contextmanager
def locked(folder: Path, stack: str) -> Iterator[Path]:
    """Hold the stack's lock; gives its file. Raises StackLocked when a live process, or another host's, has it."""
    mine = folder / f"{uuid4()}.json"
    refuse_others(folder, stack, mine)
    write_atomically(mine, json.dumps(_content()).encode())
    try:
        refuse_others(folder, stack, mine)
        yield mine
    finally:
        mine.unlink(missing_ok=True)


def _content() -> dict[str, str | int]:
    return {
        "pid": os.getpid(),
        "username": getpass.getuser(),
        "hostname": socket.gethostname(),
        "timestamp": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
    }


def refuse_others(folder: Path, stack: str, mine: Path | None = None) -> None:
    """Remove what dead processes left; raises StackLocked when a live process, or another host's, has the lock."""
    for path in sorted(folder.glob("*.json")):
        holder = None if path == mine else _read(path)
        if holder is None:
            continue
        if not holder.is_dead:
            raise StackLocked(
                f"the stack {stack} is locked by {holder}. Nothing was changed",
                f"wait for it to end; if it is surely gone, remove {path}",
            )
        path.unlink(missing_ok=True)


def _read(path: Path) -> Holder | None:
    """The holder of a lock file; None when it has just been released."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return Holder(path, content["pid"], content["username"], content["hostname"], content["timestamp"])
    except FileNotFoundError:
        return None
    except (ValueError, KeyError):
        return Holder(path, 0, "unknown", "unknown", "unknown")
