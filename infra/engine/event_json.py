"""Events as JSON objects, in the form of the Pulumi CLI's event log. Secrets are the string `[secret]`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from infra.engine.digest import plain
from infra.engine.events import (
    Diagnostic,
    Event,
    PolicyReport,
    Prelude,
    StateView,
    StepFailed,
    StepFinished,
    StepStarted,
    StepView,
    Summary,
)


def to_json(event: Event, sequence: int, timestamp: int) -> dict[str, Any]:
    """One line of an event log; `timestamp` is in seconds."""
    name, body = _FORMS[type(event)](event)
    return {"sequence": sequence, "timestamp": timestamp, name: body}


def _prelude(event: Prelude) -> tuple[str, dict[str, Any]]:
    return "preludeEvent", {"config": dict(event.config)}


def _started(event: StepStarted) -> tuple[str, dict[str, Any]]:
    return "resourcePreEvent", _planning({"metadata": _metadata(event.step)}, event.planning)


def _finished(event: StepFinished) -> tuple[str, dict[str, Any]]:
    return "resOutputsEvent", _planning({"metadata": _metadata(event.step)}, event.planning)


def _failed(event: StepFailed) -> tuple[str, dict[str, Any]]:
    return "resOpFailedEvent", {"metadata": _metadata(event.step), "status": 0, "steps": 0}


def _diagnostic(event: Diagnostic) -> tuple[str, dict[str, Any]]:
    body = {"message": event.message, "color": "never", "severity": event.severity}
    if event.urn:
        body["urn"] = event.urn
    return "diagnosticEvent", {**body, "ephemeral": True} if event.ephemeral else body


def _policy(event: PolicyReport) -> tuple[str, dict[str, Any]]:
    body = {
        "message": event.message,
        "color": "never",
        "policyName": event.policy,
        "policyPackName": event.pack,
        "policyPackVersion": "",
        "policyPackVersionTag": "",
        "enforcementLevel": event.enforcement,
    }
    return "policyEvent", {"resourceUrn": event.urn, **body} if event.urn else body


def _summary(event: Summary) -> tuple[str, dict[str, Any]]:
    return "summaryEvent", {
        "maybeCorrupt": False,
        "durationSeconds": round(event.duration),
        "resourceChanges": {str(op): count for op, count in event.changes.items()},
        "PolicyPacks": {},
        "isPreview": event.is_preview,
        "result": event.result,
    }


_FORMS: Mapping[type[Event], Callable[[Any], tuple[str, dict[str, Any]]]] = {
    Prelude: _prelude,
    StepStarted: _started,
    StepFinished: _finished,
    StepFailed: _failed,
    Diagnostic: _diagnostic,
    PolicyReport: _policy,
    Summary: _summary,
}


def _planning(body: dict[str, Any], planning: bool) -> dict[str, Any]:
    return {**body, "planning": True} if planning else body


def _metadata(step: StepView) -> dict[str, Any]:
    body: dict[str, Any] = {
        "op": str(step.op),
        "urn": step.urn,
        "type": step.type,
        "old": None if step.old is None else _side(step.old),
        "new": None if step.new is None else _side(step.new),
        "detailedDiff": None,
        "provider": step.provider,
    }
    if step.detailed_diff is not None:
        body["detailedDiff"] = {
            path: {"diffKind": change.kind, "inputDiff": change.input_diff}
            for path, change in step.detailed_diff.items()
        }
    marks = {"keys": list(step.keys), "diffs": list(step.diffs), "logical": step.logical}
    return {**body, **{key: item for key, item in marks.items() if item}}


def _side(view: StateView) -> dict[str, Any]:
    marks = {
        "custom": view.custom,
        "delete": view.delete,
        "protect": view.protect,
        "external": view.external,
        "retainOnDelete": view.retain_on_delete,
        "initErrors": list(view.init_errors),
    }
    return {
        "type": view.type,
        "urn": view.urn,
        "id": view.id,
        "parent": view.parent,
        "inputs": plain(view.inputs),
        "outputs": plain(view.outputs),
        "provider": view.provider,
        **{key: item for key, item in marks.items() if item},
    }
