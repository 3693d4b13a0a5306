"""Looks into what an earlier operation left half done, before anything new is decided."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from infra.engine.embedded.apply import hide_secrets
from infra.engine.embedded.client import Found
from infra.engine.embedded.deployment import Deployment, Operation, OperationType, now
from infra.engine.embedded.report import Report
from infra.engine.embedded.resource import Resource
from infra.model.errors import ResourceError


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was found of an interrupted step: `looked` is False where there is no way to, or where it failed."""

    operation: Operation
    looked: bool
    found: Found | None = None
    failure: ResourceError | None = None

    @property
    def urn(self) -> str:
        return self.operation.resource.urn

    @property
    def is_owed(self) -> bool:
        """Whether somebody has to look again before anything is done to the resource; an update is just repeated."""
        return self.failure is not None and self.operation.type in (OperationType.CREATING, OperationType.DELETING)


def gather(
    operations: Sequence[Operation],
    look: Callable[[Operation], Evidence],
    report: Report,
) -> list[Evidence]:
    """Look into every interrupted operation and tell what was found."""
    evidence = []
    for operation in operations:
        each = _looked(operation, look)
        report.say("warning", _told(each), operation.resource.urn)
        evidence.append(each)
    return evidence


def _looked(operation: Operation, look: Callable[[Operation], Evidence]) -> Evidence:
    try:
        return look(operation)
    except ResourceError as failure:
        return Evidence(operation, looked=False, failure=failure)


def _told(evidence: Evidence) -> str:
    start = f"an earlier operation was interrupted while {evidence.operation.type} this resource"
    if evidence.failure is not None:
        return f"{start}, and nobody can look at it now: {evidence.failure.message}"
    if not evidence.looked:
        return f"{start}; its provider cannot look for it, so what it may have made is not known"
    is_new = evidence.operation.type is OperationType.CREATING
    if evidence.found is None:
        return f"{start}; there is nothing of it to adopt" if is_new else f"{start}; nothing of it exists"
    if is_new:
        return f"{start}; {evidence.found.id} exists and is adopted"
    return f"{start}; {evidence.found.id} exists and was read again"


def resolve(deployment: Deployment, evidence: Sequence[Evidence]) -> Deployment:
    """The state with what was found in it; pending is what could not be looked at."""
    resources = list(deployment.resources)
    for each in evidence:
        resources = _resolved(resources, each)
    owed = tuple(each.operation for each in evidence if each.is_owed)
    return replace(deployment, resources=tuple(resources), operations=owed)


def _resolved(resources: list[Resource], evidence: Evidence) -> list[Resource]:
    if evidence.failure is not None and evidence.operation.type is OperationType.UPDATING:
        return [_doubtful(each, evidence.operation) for each in resources]
    if not evidence.looked:
        return resources
    if evidence.operation.type is OperationType.CREATING:
        return resources if evidence.found is None else _adopted(resources, evidence.operation.resource, evidence.found)
    return [each for old in resources for each in _reread(old, evidence)]


def _adopted(resources: list[Resource], created: Resource, found: Found) -> list[Resource]:
    """The new resource joins the state; a predecessor that it was to replace has to go."""
    moment = now()
    new = hide_secrets(replace(created, id=found.id, outputs=found.outputs, created=moment, modified=moment))
    others = [each for each in resources if each.urn != new.urn or not each.pending_replacement]
    return [*(_superseded(each, new) for each in others), new]


def _superseded(each: Resource, new: Resource) -> Resource:
    return replace(each, delete=True) if each.urn == new.urn else each


def touched(deployment: Deployment, operation: Operation) -> Resource | None:
    """The resource of the state that an interrupted update or deletion was about.

    The record of an update is that of its goal, which has no id yet.
    """
    wanted = operation.resource
    return next((each for each in deployment.resources if _is_about(each, wanted)), None)


def _is_about(each: Resource, wanted: Resource) -> bool:
    if each.urn != wanted.urn:
        return False
    return each.id == wanted.id if wanted.id else not each.delete


def _doubtful(each: Resource, operation: Operation) -> Resource:
    """A resource whose last update has to be repeated, whatever the program says now."""
    if not _is_about(each, operation.resource):
        return each
    return replace(each, init_errors=("an update of it was interrupted",))


def _reread(old: Resource, evidence: Evidence) -> list[Resource]:
    if not _is_about(old, evidence.operation.resource):
        return [old]
    if evidence.found is None:
        return []
    inputs = evidence.found.inputs or old.inputs
    return [hide_secrets(replace(old, id=evidence.found.id, inputs=inputs, outputs=evidence.found.outputs))]
