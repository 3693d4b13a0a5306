"""Pulumi's folder of states: one file per stack, its predecessor, backups, and the history of updates."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.engine.embedded.files import write_atomically
from infra.engine.embedded.refusal import Unsupported
from infra.model.errors import AqdataError, StackNotFound

ORGANIZATION = "organization"
LAYOUT_VERSION = 1


class BrokenState(AqdataError):
    """A state file cannot be read."""


class StateNotSaved(AqdataError):
    """A state file cannot be written."""


@dataclass(frozen=True, slots=True)
class Backend:
    """The states of one project under one folder."""

    root: Path
    project: str

    @property
    def bookkeeping(self) -> Path:
        return self.root / ".pulumi"

    def state_path(self, stack: str) -> Path:
        return self.bookkeeping / "stacks" / self.project / f"{stack}.json"

    def lock_folder(self, stack: str) -> Path:
        return self.bookkeeping / "locks" / ORGANIZATION / self.project / stack

    def qualified_name(self, stack: str) -> str:
        """The stack's name as checkpoints hold it."""
        return f"{ORGANIZATION}/{self.project}/{stack}"

    def prepare(self) -> None:
        """Make the folder, with the mark that says how it is laid out. Raises Unsupported for an older layout."""
        mark = self.bookkeeping / "meta.yaml"
        if not mark.exists():
            write_atomically(mark, f"version: {LAYOUT_VERSION}\n".encode())
        elif mark.read_text(encoding="utf-8").split() != ["version:", str(LAYOUT_VERSION)]:
            raise Unsupported(f"the layout that {mark} declares")

    def stacks(self) -> Iterator[str]:
        """Names of the stacks that have a state."""
        folder = self.bookkeeping / "stacks" / self.project
        yield from sorted(path.stem for path in folder.glob("*.json"))

    def read(self, stack: str) -> dict[str, Any]:
        """The versioned checkpoint of `stack`. Raises StackNotFound and BrokenState."""
        path = self.state_path(stack)
        self._refuse_compressed(path)
        try:
            content = json.loads(path.read_bytes())
        except FileNotFoundError:
            raise StackNotFound(f"there is no stack {stack!r} in {self.bookkeeping}", "aqdata stack ls") from None
        except ValueError as error:
            raise self.broken(stack, f"is not valid JSON: {error}") from None
        if not isinstance(content, dict) or "version" not in content:
            raise self.broken(stack, "is no Pulumi state: it has no version")
        return content

    def write(self, stack: str, content: bytes) -> None:
        """Replace the state of `stack`; its predecessor stays beside it as .bak. Raises StateNotSaved."""
        path = self.state_path(stack)
        with _saving(f"the state {path}"):
            if path.exists():
                _copy(path, path.with_name(f"{path.name}.bak"))
            write_atomically(path, content)

    def record(self, stack: str, update: Mapping[str, Any]) -> None:
        """Add a finished update to the history, with the state it left, and back that state up."""
        if self.state_path(stack).exists():
            with _saving("the stack's history"):
                self._record(stack, update)

    def _record(self, stack: str, update: Mapping[str, Any]) -> None:
        moment = time.time_ns()
        state = self.state_path(stack)
        history = self.bookkeeping / "history" / self.project / stack
        write_atomically(history / f"{stack}-{moment}.history.json", compact(update))
        _copy(state, history / f"{stack}-{moment}.checkpoint.json")
        _copy(state, self.bookkeeping / "backups" / self.project / stack / f"{stack}.{moment}.json")

    def broken(self, stack: str, why: str) -> BrokenState:
        """The refusal of a state that nobody can work with."""
        path = self.state_path(stack)
        return BrokenState(
            f"the state {path} {why}. What is deployed is untouched, and nothing was changed",
            f"compare it with {path}.bak and {self.bookkeeping / 'backups' / self.project}, "
            f"and put the last good one in its place",
        )

    @staticmethod
    def _refuse_compressed(path: Path) -> None:
        for ending in (".gz", ".zst"):
            if path.with_name(path.name + ending).exists():
                raise Unsupported(f"compressed states such as {path.name}{ending}")


def compact(content: Mapping[str, Any]) -> bytes:
    """JSON on one line, as the Pulumi CLI writes it."""
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()


@contextmanager
def _saving(what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StateNotSaved(
            f"{what} cannot be written: {error.strerror}. The state is as it was last saved; what ran since then is "
            f"listed in it as pending",
            "mend that, and run it again: the next run looks into what was pending",
        ) from None


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    target.chmod(0o600)
