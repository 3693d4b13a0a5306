"""The files of the state."""

from collections.abc import Iterator
from dataclasses import dataclass

from policies.facts.facts import Facts
from policies.facts.state_files import StateFile
from policies.rule import Scope


@dataclass(frozen=True)
class StackState:
    """One file of the stack's state."""

    file: StateFile

    @property
    def address(self) -> str:
        """Where it lies in the state's folder."""
        return f"state {self.file.path}"


def _files(facts: Facts) -> Iterator[StackState]:
    return (StackState(file) for file in facts.state_files)


state_files = Scope("files of the state", "state", _files)
