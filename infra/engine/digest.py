"""A preview as one JSON document, in the form of `pulumi preview --json`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from infra.engine.events import Diagnostic, Event, Op, Prelude, StateView, StepFinished, StepView, Summary
from infra.engine.values import UNKNOWN, Value, transform

STACK_TYPE = "pulumi:pulumi:Stack"
UNKNOWN_STRING = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


def digest(events: Iterable[Event]) -> dict[str, Any]:
    """The document of one preview, whatever came of it; `duration` is in nanoseconds."""
    config: dict[str, str] = {}
    steps: list[dict[str, Any]] = []
    diagnostics: list[dict[str, Any]] = []
    end: dict[str, Any] = {}
    for event in events:
        match event:
            case Prelude():
                config = dict(event.config)
            case StepFinished(step=step) if _is_listed(step):
                steps.append(_step(step))
            case Diagnostic(ephemeral=False, severity=severity) if severity != "debug":
                diagnostics.append(_filled({"urn": event.urn, "message": event.message, "severity": severity}))
            case Summary():
                end = _end(event)
    return _filled({"config": config, "steps": steps, "diagnostics": diagnostics, **end})


def _end(summary: Summary) -> dict[str, Any]:
    changes = {str(op): count for op, count in sorted(summary.changes.items())}
    return {"duration": int(summary.duration * 1e9), "changeSummary": changes}


def _is_listed(step: StepView) -> bool:
    """Of what stays the same only the stack is listed, and of a replacement the whole, not its halves."""
    return step.logical and (step.op is not Op.SAME or step.type == STACK_TYPE)


def _step(step: StepView) -> dict[str, Any]:
    members = {
        "op": str(step.op),
        "urn": step.urn,
        "provider": step.provider,
        "oldState": None if step.old is None else state(step.old),
        "newState": None if step.new is None else state(step.new),
        "diffReasons": list(step.diffs),
        "replaceReasons": list(step.keys),
    }
    return {**_filled(members), "detailedDiff": _detailed(step)}


def _detailed(step: StepView) -> dict[str, Any] | None:
    if step.detailed_diff is None:
        return None
    return {path: {"kind": change.kind, "inputDiff": change.input_diff} for path, change in step.detailed_diff.items()}


def state(view: StateView) -> dict[str, Any]:
    """One side of a step as a record of Pulumi's state, with masked secrets."""
    members = {
        "delete": view.delete,
        "id": view.id,
        "inputs": plain(view.inputs),
        "outputs": plain(view.outputs),
        "parent": view.parent,
        "protect": view.protect,
        "external": view.external,
        "provider": view.provider,
        "initErrors": list(view.init_errors),
        "retainOnDelete": view.retain_on_delete,
        **view.more,
    }
    return {"urn": view.urn, "custom": view.custom, "type": view.type, **_filled(members)}


def plain(value: Value) -> Any:
    """JSON of masked property values; an unknown is the protocol's string for one."""
    return transform(value, lambda leaf: UNKNOWN_STRING if leaf is UNKNOWN else leaf)


def _filled(members: dict[str, Any]) -> dict[str, Any]:
    return {key: item for key, item in members.items() if item not in (None, "", [], {}, False)}
