"""The Pulumi CLI's events as ours."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, get_args

from pulumi.automation import events as cli

from infra.engine.events import (
    Diagnostic,
    DiffKind,
    Enforcement,
    Event,
    Op,
    PolicyReport,
    Prelude,
    PropertyChange,
    Severity,
    StateView,
    StepFailed,
    StepFinished,
    StepStarted,
    StepView,
    Summary,
)
from infra.engine.values import MASK, UNKNOWN, Value

SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 the protocol's marker, not a secret
UNKNOWN_STRING = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"

SEVERITIES: Mapping[str, Severity] = {"info": "info", "warning": "warning", "error": "error"}
KINDS: Mapping[object, DiffKind] = {kind: kind for kind in get_args(DiffKind)}


class Translator:
    """Turns the events of one operation into ours, and measures how long steps take."""

    def __init__(self, *, is_preview: bool) -> None:
        self._is_preview = is_preview
        self._started: dict[str, float] = {}

    def translate(self, event: cli.EngineEvent) -> Event | None:
        """Our event, or None for what has no counterpart."""
        if event.resource_pre_event:
            return self._begin(event.resource_pre_event.metadata)
        if event.res_outputs_event:
            metadata = event.res_outputs_event.metadata
            return StepFinished(_step(metadata), self._elapsed(metadata.urn), self._is_preview)
        if event.res_op_failed_event:
            metadata = event.res_op_failed_event.metadata
            return StepFailed(_step(metadata), self._elapsed(metadata.urn))
        return self._other(event)

    def _other(self, event: cli.EngineEvent) -> Event | None:
        if event.prelude_event:
            return Prelude(event.prelude_event.config)
        if event.summary_event:
            summary = event.summary_event
            changes = {str(getattr(op, "value", op)): count for op, count in summary.resource_changes.items()}
            return Summary(changes, summary.duration_seconds, self._is_preview)
        return _message(event)

    def _begin(self, metadata: cli.StepEventMetadata) -> Event:
        self._started[metadata.urn] = time.monotonic()
        return StepStarted(_step(metadata), self._is_preview)

    def _elapsed(self, urn: str) -> float:
        now = time.monotonic()
        return now - self._started.get(urn, now)


def _message(event: cli.EngineEvent) -> Event | None:
    if event.diagnostic_event and event.diagnostic_event.severity != "debug":
        said = event.diagnostic_event
        severity = SEVERITIES.get(said.severity, "info")
        return Diagnostic(severity, said.message.strip(), said.urn or "", bool(said.ephemeral))
    if event.policy_event:
        policy = event.policy_event
        enforcement: Enforcement = "mandatory" if policy.enforcement_level == "mandatory" else "advisory"
        return PolicyReport(
            policy.policy_name, policy.message, enforcement, policy.resource_urn or "", policy.policy_pack_name
        )
    return None


def _step(metadata: cli.StepEventMetadata) -> StepView:
    return StepView(
        op=Op(getattr(metadata.op, "value", metadata.op)),
        urn=metadata.urn,
        type=metadata.type,
        provider=metadata.provider,
        old=_side(metadata.old),
        new=_side(metadata.new),
        keys=tuple(metadata.keys or ()),
        diffs=tuple(metadata.diffs or ()),
        detailed_diff=_detailed(metadata.detailed_diff),
        logical=bool(metadata.logical),
    )


def _detailed(diffs: Mapping[str, cli.PropertyDiff] | None) -> dict[str, PropertyChange] | None:
    if diffs is None:
        return None
    return {
        path: PropertyChange(KINDS[getattr(each.diff_kind, "value", each.diff_kind)], each.input_diff)
        for path, each in diffs.items()
    }


def _side(state: cli.StepEventStateMetadata | None) -> StateView | None:
    if state is None:
        return None
    return StateView(
        urn=state.urn,
        type=state.type,
        custom=bool(state.custom),
        id=state.id,
        parent=state.parent,
        provider=state.provider,
        inputs=_masked(state.inputs or {}),
        outputs=_masked(state.outputs or {}),
        protect=bool(state.protect),
        delete=bool(state.delete),
        retain_on_delete=bool(state.retain_on_delete),
        init_errors=tuple(state.init_errors or ()),
    )


def _masked(value: Any) -> Value:
    if isinstance(value, list):
        return [_masked(item) for item in value]
    if isinstance(value, Mapping):
        secret = value.get(SIGNATURE) == SECRET
        return MASK if secret else {key: _masked(item) for key, item in value.items()}
    return UNKNOWN if value == UNKNOWN_STRING else value
