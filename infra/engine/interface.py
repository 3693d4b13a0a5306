"""The one interface to deploying a stack; `official` and `embedded` implement it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from infra.engine.events import Event, Op, PolicyReport, StepView
from infra.engine.values import Properties, Value, has_secrets, masked, reveal
from infra.model.errors import AqdataError

OnEvent = Callable[[Event], None]
DEFAULT_PARALLEL = 16


@dataclass(frozen=True, slots=True)
class Workspace:
    """Where a stack's project, configuration, state and passphrase are.

    `passphrase` is a source, called at most once, and only when secrets have to be read or written; without
    it `PULUMI_CONFIG_PASSPHRASE` and `PULUMI_CONFIG_PASSPHRASE_FILE` are read. `providers` maps a package to
    its class, as "module:Class" or the class itself; entries given here replace those of the project's table.
    """

    root: Path
    project: str
    stack: str
    config_file: Path
    backend: Path
    program: Path | Callable[[], Any]
    passphrase: Callable[[], str] | None = None
    providers: Mapping[str, str | type] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PlannedResource:
    """A resource as a plan would leave it; values may hold `Secret` and `UNKNOWN`."""

    urn: str
    type: str
    name: str
    op: Op
    inputs: Properties
    outputs: Properties
    custom: bool
    parent: str
    provider: str
    dependencies: tuple[str, ...] = ()
    protect: bool = False
    retain_on_delete: bool = False


PolicyHook = Callable[[Sequence[PlannedResource]], Sequence[PolicyReport]]


@dataclass(frozen=True, slots=True)
class Options:
    """How one operation runs. `targets` and `replaces` are URNs; `*` and `**` match as in the Pulumi CLI.

    `policies` judges the whole plan before anything is changed; a mandatory report stops the operation.
    """

    targets: tuple[str, ...] = ()
    target_dependents: bool = False
    replaces: tuple[str, ...] = ()
    parallel: int = DEFAULT_PARALLEL
    expect_no_changes: bool = False
    refresh: bool = False
    policies: PolicyHook | None = None
    message: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an operation did, or what a preview would do.

    `changes` counts steps by op with the CLI's names (`same`, `create`, `replace`, ...). `steps` has every step
    that was taken, in order of completion. `failed` are URNs whose step failed, `remaining` those not reached.
    """

    changes: Mapping[str, int]
    outputs: Mapping[str, Value]
    duration: float
    steps: tuple[StepView, ...] = ()
    failed: tuple[str, ...] = ()
    remaining: tuple[str, ...] = ()
    diagnostics: tuple[Mapping[str, Any], ...] = ()

    @property
    def has_changes(self) -> bool:
        """Whether anything but `same` was done or planned."""
        return any(count for op, count in self.changes.items() if Op(op).is_change)


@dataclass(frozen=True, slots=True)
class StackOutput:
    """A stack output: `value` is plain, `shown` has its secrets masked; print that unless secrets were asked for."""

    value: Value
    shown: Value
    is_secret: bool

    @classmethod
    def of(cls, value: Value) -> StackOutput:
        return cls(reveal(value), masked(value), has_secrets(value))


@dataclass(frozen=True, slots=True)
class StackSummary:
    """One line of `stack ls`; `last_update` is RFC 3339, empty when the stack was never deployed.

    `trouble` is why its state cannot be read.
    """

    name: str
    last_update: str
    resource_count: int
    trouble: AqdataError | None = None


class Engine(Protocol):
    """Deploys one stack of one workspace. Every method raises members of `AqdataError` only.

    `up`, `refresh` and `destroy` raise `ResourceError` when a resource failed, `PolicyViolation` when a policy
    forbids the plan, `UnexpectedChanges` and `Cancelled` after the state is saved; what was done until then has
    arrived as events, ending with `Summary`.
    """

    name: str

    def preview(self, options: Options, on_event: OnEvent) -> Outcome:
        """What `up` would do; nothing is changed."""

    def up(self, options: Options, on_event: OnEvent) -> Outcome:
        """Make the stack what the program declares."""

    def refresh(self, options: Options, on_event: OnEvent) -> Outcome:
        """Read every resource back and write what is found to the state."""

    def destroy(self, options: Options, on_event: OnEvent) -> Outcome:
        """Delete every resource of the stack; the empty stack stays."""

    def preview_destroy(self, options: Options, on_event: OnEvent) -> Outcome:
        """What `destroy` would delete; nothing is changed."""

    def outputs(self) -> Mapping[str, StackOutput]:
        """The stack's outputs from the last `up`. Raises StackNotFound."""

    def stacks(self) -> Sequence[StackSummary]:
        """The stacks of the project that have a state."""

    def export(self, *, show_secrets: bool = False) -> dict[str, Any]:
        """The state as `pulumi stack export` prints it."""

    def import_(self, deployment: Mapping[str, Any]) -> None:
        """Replace the state by what `export` gave."""
