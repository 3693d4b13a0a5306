"""What an engine reports while it works. Secrets in the states are already masked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from infra.engine.values import Properties

Severity = Literal["debug", "info", "warning", "error"]
Enforcement = Literal["advisory", "mandatory"]
DiffKind = Literal["add", "add-replace", "delete", "delete-replace", "update", "update-replace"]


class Op(StrEnum):
    """The Pulumi CLI's names for what a step does."""

    SAME = "same"
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    REPLACE = "replace"
    CREATE_REPLACEMENT = "create-replacement"
    DELETE_REPLACED = "delete-replaced"
    DISCARD_REPLACED = "discard-replaced"
    READ = "read"
    READ_DISCARD = "discard"
    READ_REPLACEMENT = "read-replacement"
    REFRESH = "refresh"
    IMPORT = "import"
    IMPORT_REPLACEMENT = "import-replacement"
    REMOVE_PENDING_REPLACE = "remove-pending-replace"

    @property
    def is_change(self) -> bool:
        """Whether `--expect-no-changes` objects to it."""
        return self not in (Op.SAME, Op.READ, Op.READ_DISCARD, Op.READ_REPLACEMENT, Op.REFRESH)


@dataclass(frozen=True, slots=True)
class PropertyChange:
    """How one property path changes; `input_diff` says that old and new inputs were compared."""

    kind: DiffKind
    input_diff: bool = False


@dataclass(frozen=True, slots=True)
class StateView:
    """One side of a step: the resource's state with masked secrets.

    `more` has further members of the resource's record in Pulumi's state, under their names there.
    """

    urn: str
    type: str
    custom: bool
    id: str
    parent: str
    provider: str
    inputs: Properties
    outputs: Properties
    protect: bool = False
    delete: bool = False
    external: bool = False
    retain_on_delete: bool = False
    init_errors: tuple[str, ...] = ()
    more: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StepView:
    """One step on one resource. `detailed_diff` is None where the provider gave none."""

    op: Op
    urn: str
    type: str
    provider: str
    old: StateView | None
    new: StateView | None
    keys: tuple[str, ...] = ()
    diffs: tuple[str, ...] = ()
    detailed_diff: Mapping[str, PropertyChange] | None = None
    logical: bool = False

    @property
    def name(self) -> str:
        """The resource's name in the program."""
        return self.urn.split("::", 3)[3]


@dataclass(frozen=True, slots=True)
class Event:
    """Common ancestor of all events."""


@dataclass(frozen=True, slots=True)
class Prelude(Event):
    """The configuration in use; secrets are masked."""

    config: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class StepStarted(Event):
    """A step begins."""

    step: StepView
    planning: bool = False


@dataclass(frozen=True, slots=True)
class StepFinished(Event):
    """A step is done; `elapsed` is in seconds. Stack outputs arrive as one of these for the stack."""

    step: StepView
    elapsed: float = 0.0
    planning: bool = False


@dataclass(frozen=True, slots=True)
class StepFailed(Event):
    """A step failed; a `Diagnostic` with the reason came before it."""

    step: StepView
    elapsed: float = 0.0


@dataclass(frozen=True, slots=True)
class Diagnostic(Event):
    """A message of the engine, a provider or the program; `urn` names its resource, if it has one."""

    severity: Severity
    message: str
    urn: str = ""
    ephemeral: bool = False


@dataclass(frozen=True, slots=True)
class PolicyReport(Event):
    """One violation found on the plan."""

    policy: str
    message: str
    enforcement: Enforcement
    urn: str = ""
    pack: str = "aqstream"


@dataclass(frozen=True, slots=True)
class Summary(Event):
    """The last event: how often each op happened, and the seconds it all took."""

    changes: Mapping[str, int]
    duration: float
    is_preview: bool
    result: Literal["succeeded", "failed", "canceled"] = "succeeded"
    remaining: Sequence[str] = field(default=())
