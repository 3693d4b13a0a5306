"""Changes to the files that a PostgreSQL container is configured with."""

import io
import re
import tarfile
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, field
from typing import Any

from infra.model.errors import CannotCheck
from policies.mutants.changes.changes import Changes, Verb
from policies.mutants.changes.postgres import PostgresChanges

_MOUNT = "/files"


@dataclass
class FileChanges(Changes):
    """`first`, `last FILE LINE`, `option FILE NAME VALUE`, `without FILE NAME`, `replace FILE OLD NEW`, `restore FILE`.

    The container sees its configuration read-only, so a container that is never started holds the volume. After each
    change the server reads its files again.
    """

    servers: PostgresChanges = field(init=False)

    def __post_init__(self) -> None:
        self.servers = PostgresChanges(self.ground)

    def close(self) -> None:
        """End the superuser's sessions."""
        self.servers.close()

    def verbs(self, where: str) -> dict[str, Verb]:
        """What can be done to a file."""
        return {
            "first": lambda name, *words: self.edit(where, name, lambda text: f"{' '.join(words)}\n{text}"),
            "last": lambda name, *words: self.edit(where, name, lambda text: f"{text}{' '.join(words)}\n"),
            "option": lambda name, option, value: self.edit(where, name, lambda text: _with(text, option, value)),
            "without": lambda name, option: self.edit(where, name, lambda text: _without(text, option)),
            "replace": lambda name, old, new: self.edit(where, name, lambda text: _replaced(text, old, new)),
            "restore": lambda name: self._restore(where, name),
        }

    def edit(self, where: str, name: str, change: Any) -> None:
        """Put a changed text in the place of a file, and keep the file as it was, mode and all."""
        with self._mounted(where) as holder:
            before = b"".join(holder.get_archive(f"{_MOUNT}/{name}")[0])
            self.kept.setdefault((where, name), before)
            holder.put_archive(_MOUNT, _edited(before, change))
        self.reload(where)

    def _restore(self, where: str, name: str) -> None:
        with self._mounted(where) as holder:
            holder.put_archive(_MOUNT, self.recall(where, name))
        self.reload(where)

    def reload(self, where: str) -> None:
        """Have the server read its files again."""
        self.servers.step(where, "SELECT pg_reload_conf()")

    @contextmanager
    def _mounted(self, where: str) -> Any:
        volume = self.ground.physical(f"{where}-config")
        holder = self.ground.docker.containers.create(
            self.ground.container(where).attrs["Image"],
            command=["none"],
            network_mode="none",
            volumes={volume: {"bind": _MOUNT, "mode": "rw"}},
        )
        try:
            yield holder
        finally:
            holder.remove(force=True)


def _edited(archive: bytes, change: Any) -> bytes:
    """An archive of one file with another content."""
    with tarfile.open(fileobj=io.BytesIO(archive)) as before:
        member = before.getmembers()[0]
        found = before.extractfile(member)
        content = change(found.read().decode() if found else "").encode()
    after, buffer = copy(member), io.BytesIO()
    after.size = len(content)
    with tarfile.open(fileobj=buffer, mode="w") as changed:
        changed.addfile(after, io.BytesIO(content))
    return buffer.getvalue()


def _with(text: str, option: str, value: str) -> str:
    """The text of a file of options with one of them changed, or added where it was not."""
    line, pattern = f"{option}={value}", rf"^{re.escape(option)}=.*$"
    if re.search(pattern, text, re.MULTILINE):
        return re.sub(pattern, line, text, flags=re.MULTILINE)
    return re.sub(r"^\[global\]$", f"[global]\n{line}", text, flags=re.MULTILINE)


def _without(text: str, option: str) -> str:
    return _replaced(text, next((line for line in text.splitlines() if line.startswith(f"{option}=")), option), "")


def _replaced(text: str, old: str, new: str) -> str:
    if old not in text:
        raise CannotCheck(f"there is no '{old}' to replace", "see the file in the instance's container")
    return text.replace(old, new)
