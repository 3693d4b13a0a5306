"""What every resource type of the `aqstream` plugin offers, and the table that finds them by token."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, TypeVar

from infra.model.declaration import Declaration

I = TypeVar("I", bound=Declaration)  # noqa: E741 inputs
State = dict[str, Any]
"""A resource's outputs as plain values: its inputs and what it computed."""


@dataclass(frozen=True)
class Created:
    """A new resource's physical id and its computed outputs (inputs are added by the plugin)."""

    id: str
    outputs: State = field(default_factory=dict)


class ResourceType(ABC, Generic[I]):
    """One type: plain values in, plain values out; Pulumi's wire values stay in `plugin.py`.

    `token`           Pulumi type token, `aqstream:<module>:<Name>`
    `inputs`          the declared inputs; camelCase on the wire
    `replaced_by`     inputs whose change makes a new resource
    `computed`        outputs besides the inputs; unknown in a preview that creates
    `renewed`         computed outputs that an update may change; unknown in a preview that updates
    `secret`          computed outputs kept encrypted
    `instead`         what to do where a change meets an objection
    """

    token: ClassVar[str]
    inputs: ClassVar[type[Declaration]]
    replaced_by: ClassVar[frozenset[str]] = frozenset()
    computed: ClassVar[frozenset[str]] = frozenset()
    renewed: ClassVar[frozenset[str]] = frozenset()
    secret: ClassVar[frozenset[str]] = frozenset()
    delete_before_replace: ClassVar[bool] = True
    instead: ClassVar[str] = "declare it as before; to change it, make another one and copy what it keeps"

    @abstractmethod
    def create(self, inputs: I) -> Created:
        """Make it. Raises ResourceError."""

    def update(self, identifier: str, state: State, inputs: I) -> State:
        """Change it in place; the new computed outputs. Raises ResourceError."""
        return {key: state[key] for key in self.computed if key in state}

    def read(self, identifier: str, state: State, inputs: I) -> State | None:
        """What is really there, inputs and computed outputs alike, or None where nothing is.

        The default trusts the state: right for what exists only there, such as a password.
        """
        return state

    def delete(self, identifier: str, state: State) -> None:
        """Remove it; nothing to remove is no error. Raises ResourceError."""
        return

    def stale(self, state: State) -> frozenset[str]:
        """Computed outputs that have to be renewed although no input changed."""
        return frozenset()

    def objection(self, state: State, new: State) -> str:
        """Why the change must not be made, told while it is planned; empty for one that may be."""
        return ""
