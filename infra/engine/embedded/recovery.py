"""Looks into what an earlier operation left half done, before anything new is decided."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from infra.engine.embedded.apply import hide_secrets
from infra.engine.embedded.client import Found
from infra.engine.embedded.deployment import Deployment, Operation, OperationType, now
from infra.engine.embedded.report import Report
from infra.engine.embedded.resource import Resource


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was found of an interrupted step: `looked` is False where nobody could look."""

    operation: Operation
    looked: bool
    found: Found | None = None


def gather(
    operations: Sequence[Operation],
    look: Callable[[Operation], Evidence],
    report: Report,
) -> list[Evidence]:
    """Look into every interrupted operation and tell what was found."""
    evidence = []
    for operation in operations:
        each = look(operation)
        report.say("warning", _told(each), operation.resource.urn)
        evidence.append(each)
    return evidence


def _told(evidence: Evidence) -> str:
    start = f"an earlier operation was interrupted while {evidence.operation.type} this resource"
    if not evidence.looked:
        return f"{start}; its provider cannot look for it, so what it may have made is not known"
    if evidence.found is None:
        return f"{start}; nothing of it exists"
    if evidence.operation.type is OperationType.CREATING:
        return f"{start}; {evidence.found.id} exists and is adopted"
    return f"{start}; {evidence.found.id} exists and was read again"


def resolve(deployment: Deployment, evidence: Sequence[Evidence]) -> Deployment:
    """The state with what was found in it, and nothing pending."""
    resources = list(deployment.resources)
    for each in evidence:
        resources = _resolved(resources, each)
    return replace(deployment, resources=tuple(resources), operations=())


def _resolved(resources: list[Resource], evidence: Evidence) -> list[Resource]:
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


def _reread(old: Resource, evidence: Evidence) -> list[Resource]:
    if not _is_about(old, evidence.operation.resource):
        return [old]
    if evidence.found is None:
        return []
    inputs = evidence.found.inputs or old.inputs
    return [hide_secrets(replace(old, id=evidence.found.id, inputs=inputs, outputs=evidence.found.outputs))]
