"""What all changes have in common: they are made and taken back in steps, each a verb with its arguments."""

import shlex
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from infra.model.errors import CannotCheck
from policies.mutants.ground import Ground
from policies.mutants.mutant import Mutant

Verb = Callable[..., Any]


@dataclass
class Changes:
    """Makes changes of one place and takes them back; `kept` is what was there before, for the undo to put back."""

    ground: Ground
    kept: dict[tuple[str, ...], Any] = field(default_factory=dict)

    def apply(self, mutant: Mutant) -> None:
        """Make the change."""
        self._take(mutant.change.where, mutant.change.apply)

    def undo(self, mutant: Mutant) -> None:
        """Take it back."""
        self._take(mutant.change.where, mutant.change.undo)

    def prepare(self, realm: str) -> None:
        """Wait for what the first change in this realm asks for."""

    def variables(self, where: str, known: Mapping[str, Any]) -> Mapping[str, str]:
        """What `<word>` means on the server `where`, of which these facts are known by object."""
        return {}

    def close(self) -> None:
        """Let go of what is held open."""

    def recall(self, *key: str) -> Any:
        """What was kept under this key, once. Raises CannotCheck where the change was never made."""
        if key not in self.kept:
            raise CannotCheck(f"nothing is kept of {' '.join(key)}", "the change was not made")
        return self.kept.pop(key)

    def _take(self, where: str, text: str) -> None:
        for step in self.steps(text):
            self.step(where, step)

    def steps(self, text: str) -> Iterable[str]:
        """The steps of a change: its lines."""
        return text.splitlines()

    def step(self, where: str, text: str) -> None:
        """One step on the server `where`. Raises CannotCheck for a verb that is none."""
        verb, *arguments = shlex.split(text)
        if verb not in self.verbs(where):
            raise CannotCheck(f"there is no verb '{verb}'", f"one of {', '.join(self.verbs(where))}")
        self.verbs(where)[verb](*arguments)

    def verbs(self, where: str) -> dict[str, Verb]:
        """What can be done on the server `where`."""
        return {}
