"""What the Pulumi CLI says, in the project's words. The CLI itself is tried in `test_engines_agree`."""

import pytest
from pulumi.automation import CommandResult
from pulumi.automation.errors import CommandError
from pulumi.automation.events import EngineEvent

from infra.engine.event_json import to_json
from infra.engine.events import Diagnostic, Op, PolicyReport, Prelude, StepFinished, StepStarted, Summary
from infra.engine.official_errors import explain
from infra.engine.official_events import Translator
from infra.engine.values import MASK, UNKNOWN
from infra.model.errors import (
    AqdataError,
    AuthenticationError,
    Cancelled,
    ResourceError,
    StackNotFound,
    UnexpectedChanges,
)

URN = "urn:pulumi:dev::test::fake:index:Thing::a"
SIGNED = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "[secret]"}
STATE = {
    "type": "fake:index:Thing",
    "urn": URN,
    "custom": True,
    "id": "a-1",
    "parent": "",
    "inputs": {"password": SIGNED, "list": [SIGNED]},
    "outputs": {"made": "04da6b54-80e4-46f7-96ec-b56ff0331ba9"},
    "provider": "",
}
METADATA = {
    "op": "update",
    "urn": URN,
    "type": "fake:index:Thing",
    "old": STATE,
    "new": STATE,
    "keys": [],
    "diffs": ["x"],
    "detailedDiff": {"x": {"diffKind": "update", "inputDiff": False}},
    "logical": True,
    "provider": "",
}


def translated(**event: object) -> object:
    return Translator(is_preview=False).translate(EngineEvent.from_json({"sequence": 1, "timestamp": 1, **event}))


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("error: no stack named 'nope' found", StackNotFound),
        ("error: getting stack configuration: get stack secrets manager: incorrect passphrase", AuthenticationError),
        ("error: no changes were expected for preview but changes were proposed", UnexpectedChanges),
        ("error: update canceled", Cancelled),
        ("error: the stack is currently locked by 1 lock(s).", AqdataError),
        ("error: resource a failed", ResourceError),
    ],
)
def test_failures(said: str, kind: type[AqdataError]) -> None:
    error = explain(CommandError(CommandResult(stdout="", stderr=said, code=1)))
    assert type(error) is kind
    assert said.removeprefix("error: ") in str(error)


def test_steps() -> None:
    started = translated(resourcePreEvent={"metadata": METADATA})
    assert isinstance(started, StepStarted)
    finished = translated(resOutputsEvent={"metadata": METADATA})
    assert isinstance(finished, StepFinished)
    step = finished.step
    assert step.op is Op.UPDATE
    assert step.new is not None
    assert step.new.inputs == {"password": MASK, "list": [MASK]}
    assert step.new.outputs == {"made": UNKNOWN}
    assert to_json(finished, 7, 8)["resOutputsEvent"]["metadata"]["detailedDiff"] == METADATA["detailedDiff"]


def test_summary_and_prelude() -> None:
    summary = translated(
        summaryEvent={"maybeCorrupt": False, "durationSeconds": 3, "resourceChanges": {"same": 2}, "policyPacks": {}}
    )
    assert isinstance(summary, Summary)
    assert summary.changes == {"same": 2}
    assert isinstance(translated(preludeEvent={"config": {"a": "b"}}), Prelude)


def test_messages() -> None:
    said = translated(diagnosticEvent={"message": "look\n", "color": "never", "severity": "info#err"})
    assert said == Diagnostic("info", "look")
    assert translated(diagnosticEvent={"message": "x", "color": "never", "severity": "debug"}) is None


def test_violations() -> None:
    policy = {
        "message": "forbidden",
        "color": "never",
        "policyName": "no-such-thing",
        "policyPackName": "aqstream",
        "policyPackVersion": "",
        "policyPackVersionTag": "",
        "enforcementLevel": "mandatory",
        "resourceUrn": URN,
    }
    assert translated(policyEvent=policy) == PolicyReport("no-such-thing", "forbidden", "mandatory", URN, "aqstream")
