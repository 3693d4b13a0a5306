"""Turns what an operation does into events, and keeps count. Secrets are masked here."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from threading import Lock
from typing import Any, Literal

from infra.engine.embedded import record
from infra.engine.embedded.resource import Resource
from infra.engine.embedded.step import Step
from infra.engine.events import (
    Diagnostic,
    Event,
    Op,
    PolicyReport,
    Prelude,
    Severity,
    StateView,
    StepFailed,
    StepFinished,
    StepStarted,
    StepView,
    Summary,
)
from infra.engine.values import masked_properties

SHOWN = frozenset(
    {"urn", "type", "custom", "id", "parent", "provider", "inputs", "outputs", "protect", "delete", "external"}
)


class Report:
    """The events of one operation, one at a time, and their sums."""

    def __init__(self, on_event: Callable[[Event], None], *, is_preview: bool) -> None:
        self._on_event = on_event
        self._lock = Lock()
        self._start = time.monotonic()
        self.is_preview = is_preview
        self.changes: Counter[str] = Counter()
        self.steps: list[StepView] = []
        self.diagnostics: list[dict[str, Any]] = []
        self._open: dict[str, int] = {}

    @property
    def elapsed(self) -> float:
        return time.monotonic() - self._start

    def prelude(self, config: dict[str, str]) -> None:
        self._emit(Prelude(config))

    def started(self, step: Step) -> None:
        if is_shown(step):
            self._emit(StepStarted(view(step, step.new), planning=self.is_preview))

    def finished(self, step: Step, result: Resource | None, elapsed: float, op: Op | None = None) -> None:
        """A step is done; `op` is what a refresh found to have happened.

        A component is told to be finished when its outputs are known, or with the whole operation.
        """
        if not is_shown(step):
            return
        seen = view(step, result, op)
        with self._lock:
            self.steps.append(seen)
            if step.is_logical or op is not None:
                self.changes[op or step.op] += 1
            if result is None or result.custom:
                self._on_event(StepFinished(seen, elapsed, planning=self.is_preview))
            else:
                self._open[seen.urn] = len(self.steps) - 1

    def begin_again(self) -> None:
        """What was read back is counted where it had changed only: the rest is counted by what follows."""
        self.changes.pop(Op.SAME, None)

    def outputs(self, step: Step, result: Resource) -> None:
        """A component's outputs, or the stack's, are known now."""
        seen = view(step, result)
        with self._lock:
            index = self._open.pop(seen.urn, None)
            if index is not None:
                self.steps[index] = seen
            self._on_event(StepFinished(seen, planning=self.is_preview))

    def settle(self) -> None:
        """Tell of the components that never gave outputs."""
        with self._lock:
            for index in self._open.values():
                self._on_event(StepFinished(self.steps[index], planning=self.is_preview))
            self._open.clear()

    def failed(self, step: Step, elapsed: float) -> None:
        self._emit(StepFailed(view(step, step.new), elapsed))

    def say(self, severity: Severity, message: str, urn: str = "", *, ephemeral: bool = False) -> None:
        if severity != "debug" and not ephemeral:
            self.diagnostics.append({"urn": urn, "message": message, "severity": severity})
        self._emit(Diagnostic(severity, message, urn, ephemeral))

    def policy(self, violation: PolicyReport) -> None:
        self._emit(violation)

    def summary(self, result: Literal["succeeded", "failed", "canceled"], remaining: list[str]) -> None:
        self._emit(Summary(dict(self.changes), self.elapsed, self.is_preview, result, tuple(remaining)))

    def _emit(self, event: Event) -> None:
        with self._lock:
            self._on_event(event)


def is_shown(step: Step) -> bool:
    """Default providers and a forgotten predecessor are the engine's own business."""
    return not step.resource.is_default_provider and step.op is not Op.REMOVE_PENDING_REPLACE


def view(step: Step, result: Resource | None, op: Op | None = None) -> StepView:
    """A step for eyes other than the engine's; `result` is the resource after it."""
    resource = step.resource
    return StepView(
        op=op or step.op,
        urn=resource.urn,
        type=resource.type,
        provider=resource.provider,
        old=None if step.old is None else state_view(step.old),
        new=None if result is None else state_view(result),
        keys=step.diff.replace_keys,
        diffs=step.diff.changed_keys,
        detailed_diff=step.diff.detailed,
        logical=step.is_logical,
    )


def state_view(resource: Resource) -> StateView:
    """One side of a step, with masked secrets."""
    return StateView(
        urn=resource.urn,
        type=resource.type,
        custom=resource.custom,
        id=resource.id,
        parent=resource.parent,
        provider=resource.provider,
        inputs=masked_properties(resource.inputs),
        outputs=masked_properties(resource.outputs),
        protect=resource.protect,
        delete=resource.delete,
        external=resource.external,
        retain_on_delete=resource.retain_on_delete,
        init_errors=resource.init_errors,
        more=_Rest(resource),
    )


class _Rest(Mapping[str, object]):
    """What else the state says of a resource; worked out when somebody asks."""

    def __init__(self, resource: Resource) -> None:
        self._resource = resource

    @cached_property
    def _members(self) -> dict[str, Any]:
        return record.write_members(self._resource, except_for=SHOWN)

    def __getitem__(self, member: str) -> object:
        return self._members[member]

    def __iter__(self) -> Iterator[str]:
        return iter(self._members)

    def __len__(self) -> int:
        return len(self._members)
