"""One step of a plan, and the questions that planning asks of providers."""

from __future__ import annotations

from dataclasses import dataclass

from infra.engine.embedded.diff import UNSAID, Diff
from infra.engine.embedded.resource import Resource
from infra.engine.events import Op
from infra.engine.values import Properties

ANSWERS = frozenset({Op.SAME, Op.CREATE, Op.CREATE_REPLACEMENT, Op.UPDATE, Op.READ, Op.READ_REPLACEMENT})
"""Steps whose result is what a registration is answered with."""


DELETIONS = frozenset({Op.DELETE, Op.DELETE_REPLACED})


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """What to do with one resource.

    `leaves_old` says that the old resource stays in the state: after a create-replacement, marked for deletion;
    after a delete-replaced, marked as waiting for its successor. `is_skipped` marks a resource that is left out
    because it was not targeted; it does not get into the state.
    """

    op: Op
    old: Resource | None = None
    new: Resource | None = None
    diff: Diff = UNSAID
    leaves_old: bool = False
    is_skipped: bool = False

    @property
    def resource(self) -> Resource:
        """The later of the two states."""
        resource = self.new or self.old
        assert resource is not None  # noqa: S101 every step is about a resource
        return resource

    @property
    def urn(self) -> str:
        return self.resource.urn

    @property
    def is_logical(self) -> bool:
        """Whether summaries count it; the halves of a replacement are not counted, the replacement is."""
        return self.op not in (
            Op.CREATE_REPLACEMENT,
            Op.DELETE_REPLACED,
            Op.DISCARD_REPLACED,
            Op.READ_REPLACEMENT,
            Op.REMOVE_PENDING_REPLACE,
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps for one registration, in order, and what forbids them."""

    urn: str
    steps: tuple[Step, ...]
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def answering(self) -> Step:
        """The step whose result the registration is answered with."""
        return next(step for step in self.steps if step.urn == self.urn and step.op in ANSWERS)


@dataclass(frozen=True, slots=True)
class Check:
    """Are these inputs right? The answer is a `Checked`."""

    urn: str
    provider: str
    old_inputs: Properties
    new_inputs: Properties


@dataclass(frozen=True, slots=True)
class Checked:
    """Inputs with the provider's defaults, and what is wrong with them: (property, reason)."""

    inputs: Properties
    failures: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Compare:
    """What changes, and does it replace? The answer is a settled `Diff`."""

    urn: str
    provider: str
    id: str
    old_inputs: Properties
    old_outputs: Properties
    new_inputs: Properties
    ignore_changes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CompareProviders:
    """Can the new provider manage what the old one made? The answer is a `Diff`."""

    new: str
    old_resource: Resource
    new_resource: Resource


Question = Check | Compare | CompareProviders
Answer = Checked | Diff
