"""The verification as SARIF 2.1.0, with a logical location for each object."""

import json
from typing import Any

from policies.evaluate import Result, Verdict
from policies.rule import Rule, Severity
from policies.verification import Verification, fingerprint

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
    Severity.INFO: "note",
}
_KINDS = {Verdict.FAIL: "fail", Verdict.UNKNOWN: "open"}


def render(verification: Verification) -> str:
    """The document."""
    return json.dumps(document(verification), indent=2) + "\n"


def document(verification: Verification) -> dict[str, Any]:
    """The document as plain values."""
    positions = {rule.id: position for position, rule in enumerate(verification.rules)}
    shown = (*verification.findings, *verification.unevaluated)
    run = {
        "tool": {"driver": {"name": "aqdata", "rules": [_rule(rule) for rule in verification.rules]}},
        "results": [_result(found, positions[found.rule], verification.rule(found.rule)) for found in shown],
        "invocations": [
            {
                "executionSuccessful": not verification.unevaluated,
                "startTimeUtc": verification.started.strftime("%Y-%m-%dT%H:%M:%SZ"),
                "exitCode": verification.exit_code,
            }
        ],
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": f"{rule.what} {rule.why}"},
        "help": {"text": rule.fix},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {"tags": list(rule.clauses), "severity": rule.severity.label},
    }


def _result(found: Result, position: int, rule: Rule) -> dict[str, Any]:
    return {
        "ruleId": found.rule,
        "ruleIndex": position,
        "kind": _KINDS[found.verdict],
        "level": _LEVELS[found.severity] if found.verdict is Verdict.FAIL else "none",
        "message": {"text": f"{found.object}: {found.message}"},
        "locations": [
            {
                "physicalLocation": {"artifactLocation": {"uri": rule.source}},
                "logicalLocations": [{"fullyQualifiedName": found.object, "kind": "resource"}],
            }
        ],
        "partialFingerprints": {"aqdata/v1": fingerprint(found)},
        "properties": {"plane": found.plane},
    }
