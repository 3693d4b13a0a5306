"""The JSON report's shape, published as `docs/verify.schema.json`."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

VERSION = 1
_Plane = Literal["plan", "rendered-sql", "live"]
_Severity = Literal["info", "low", "medium", "high", "critical"]


class _Shape(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", populate_by_name=True)


class PlaneTime(_Shape):
    """How long one plane took to read."""

    plane: _Plane
    seconds: float


class Judged(_Shape):
    """What a rule said about an object on a plane."""

    rule: str
    plane: _Plane
    object: str
    message: str


class Finding(Judged):
    """The same with what a reader needs to act on it."""

    severity: _Severity
    title: str
    fix: str
    clauses: list[str]


class Suppressed(Judged):
    """A failure that a suppression accepts until a day."""

    reason: str
    until: str


class StaleSuppression(_Shape):
    """A suppression that has expired or that nothing needs."""

    rule: str
    object: str
    problem: str


class Report(_Shape):
    """The whole document. Exit codes: 0 all passed, 1 findings, 3 something could not be checked."""

    version: Literal[1]
    stack: str
    started: str
    exit_code: Literal[0, 1, 3]
    fail_on: _Severity
    planes: list[PlaneTime]
    counts: dict[Literal["pass", "fail", "unknown", "not applicable"], int]
    findings: list[Finding]
    not_evaluated: list[Finding]
    not_applicable: list[Judged]
    passed: list[Judged]
    suppressed: list[Suppressed]
    known: list[Judged]
    stale_suppressions: list[StaleSuppression]


def schema() -> dict[str, Any]:
    """JSON Schema, draft 2020-12."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"aqdata verify, version {VERSION}",
    } | {key: value for key, value in Report.model_json_schema().items() if key != "title"}
