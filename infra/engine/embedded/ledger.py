"""Writes down that a step begins and what came of it, before anything that depends on it goes on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from infra.engine.embedded.deployment import Operation, OperationType
from infra.engine.embedded.equality import equal
from infra.engine.embedded.journal import Journal
from infra.engine.embedded.resource import Resource
from infra.engine.embedded.snapshot import Snapshot
from infra.engine.embedded.step import ANSWERS, Step
from infra.engine.events import Op

OPERATIONS: Mapping[Op, OperationType] = {
    Op.CREATE: OperationType.CREATING,
    Op.CREATE_REPLACEMENT: OperationType.CREATING,
    Op.UPDATE: OperationType.UPDATING,
    Op.DELETE: OperationType.DELETING,
    Op.DELETE_REPLACED: OperationType.DELETING,
    Op.READ: OperationType.READING,
    Op.READ_REPLACEMENT: OperationType.READING,
}


class Ledger:
    """The snapshot and, except in a preview, the journal that brings it to disk."""

    def __init__(self, snapshot: Snapshot, journal: Journal | None) -> None:
        self.snapshot = snapshot
        self._journal = journal

    def begin(self, step: Step) -> Operation | None:
        """A step is about to change the world; returns when that is on disk."""
        kind = OPERATIONS.get(step.op)
        if kind is None or self._journal is None or not step.resource.custom or step.resource.is_provider:
            return None
        operation = self.snapshot.begin(step.resource, kind)
        self._journal.sync()
        return operation

    def succeed(self, step: Step, operation: Operation | None, result: Resource | None) -> None:
        """The step is done; returns when that is on disk."""
        self._record(step, result)
        if operation is not None:
            self.snapshot.supersede(operation)
        self.fail(operation)

    def fail(self, operation: Operation | None) -> None:
        """The step is over and changed nothing; returns when that is on disk."""
        if operation is not None and self._journal is not None:
            self.snapshot.end(operation)
            self._journal.sync()

    def amend(self, resource: Resource, amended: Resource) -> None:
        """Something about a resource became known after its step."""
        if is_noteworthy(resource, amended):
            self.snapshot.amend(resource, lambda _: amended)

    def flush(self) -> None:
        """Return when everything noteworthy is on disk."""
        if self._journal is not None:
            self._journal.sync()

    def _record(self, step: Step, result: Resource | None) -> None:
        if step.is_skipped:
            return
        old = step.old
        if step.op in ANSWERS and result is not None:
            self._take(step, old, result)
        elif step.op is not Op.REPLACE and old is not None:
            self._give_up(step, old)

    def _take(self, step: Step, old: Resource | None, result: Resource) -> None:
        if old is not None and step.leaves_old:
            self.snapshot.amend(old, lambda each: replace(each, delete=True))
            self.snapshot.add(result)
        elif old is not None and step.op is Op.SAME and not is_noteworthy(old, result):
            self.snapshot.keep(result, instead_of=old)
        else:
            self.snapshot.add(result, instead_of=old)

    def _give_up(self, step: Step, old: Resource) -> None:
        if step.leaves_old:
            self.snapshot.amend(old, lambda each: replace(each, pending_replacement=True))
        else:
            self.snapshot.remove(old)


_NOTEWORTHY = (
    "urn",
    "type",
    "custom",
    "provider",
    "parent",
    "protect",
    "retain_on_delete",
    "deleted_with",
    "timeouts",
    "additional_secret_outputs",
    "ignore_changes",
    "replace_on_changes",
)


def is_noteworthy(old: Resource, new: Resource) -> bool:
    """Whether a resource that stays the same has changed in what the state says of it; its position has not."""
    return (
        any(getattr(old, name) != getattr(new, name) for name in _NOTEWORTHY)
        or sorted(old.dependencies) != sorted(new.dependencies)
        or _filled(old) != _filled(new)
        or not equal(old.inputs, new.inputs)
        or not equal(old.outputs, new.outputs)
    )


def _filled(resource: Resource) -> dict[str, list[str]]:
    return {key: sorted(deps) for key, deps in resource.property_dependencies.items() if deps}
