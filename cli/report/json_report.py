"""The verification as JSON, in the published schema `docs/verify.schema.json`."""

import json
from typing import Any

from cli.report.schema import VERSION
from policies.evaluate import Result, Verdict
from policies.facts.facts import Plane
from policies.rule import Rule
from policies.verification import Verification


def render(verification: Verification) -> str:
    """The document, sorted and indented."""
    return json.dumps(document(verification), indent=2, sort_keys=True) + "\n"


def document(verification: Verification) -> dict[str, Any]:
    """The document as plain values."""
    return {
        "version": VERSION,
        "stack": verification.stack,
        "started": verification.started.isoformat(),
        "exitCode": verification.exit_code,
        "failOn": verification.fail_on.label,
        "planes": [{"plane": plane, "seconds": round(verification.seconds[plane], 3)} for plane in verification.planes],
        "counts": {verdict.value: verification.counts[verdict] for verdict in Verdict},
        "findings": [_result(verification.rule(found.rule), found) for found in verification.findings],
        "notEvaluated": [_result(verification.rule(found.rule), found) for found in verification.unevaluated],
        "notApplicable": [_short(found) for found in verification.of(Verdict.NOT_APPLICABLE)],
        "passed": [_short(found) for found in verification.of(Verdict.PASS)],
        "suppressed": [
            _short(found) | {"reason": why.reason, "until": str(why.until)} for found, why in verification.suppressed
        ],
        "known": [_short(found) for found in verification.known],
        "staleSuppressions": [
            {"rule": stale.rule, "object": stale.object, "problem": problem} for stale, problem in verification.stale
        ],
    }


def _short(found: Result) -> dict[str, Any]:
    plane: Plane = found.plane
    return {"rule": found.rule, "plane": plane, "object": found.object, "message": found.message}


def _result(rule: Rule, found: Result) -> dict[str, Any]:
    return _short(found) | {
        "severity": found.severity.label,
        "title": rule.title,
        "fix": rule.fix,
        "clauses": list(rule.clauses),
    }
