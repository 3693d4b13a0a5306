"""The verification as JUnit XML: one suite for each plane, one case for each rule and object."""

from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from policies.evaluate import Result, Verdict
from policies.facts.facts import Plane
from policies.verification import Verification


def render(verification: Verification) -> str:
    """The document."""
    root = Element("testsuites", name=f"aqdata verify {verification.stack}")
    for plane in verification.planes:
        _suite(root, verification, plane)
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _suite(root: Element, verification: Verification, plane: Plane) -> None:
    results = [found for found in verification.results if found.plane == plane]
    suite = SubElement(
        root,
        "testsuite",
        name=f"{verification.stack} {plane}",
        tests=str(len(results)),
        failures=str(_count(results, Verdict.FAIL)),
        errors=str(_count(results, Verdict.UNKNOWN)),
        skipped=str(_count(results, Verdict.NOT_APPLICABLE)),
        time=f"{verification.seconds[plane]:.3f}",
        timestamp=verification.started.replace(microsecond=0, tzinfo=None).isoformat(),
    )
    for found in results:
        _case(suite, verification, found)


def _count(results: list[Result], verdict: Verdict) -> int:
    return sum(found.verdict is verdict for found in results)


def _case(suite: Element, verification: Verification, found: Result) -> None:
    case = SubElement(suite, "testcase", classname=found.rule, name=found.object, time="0")
    if found.verdict is Verdict.FAIL:
        failure = SubElement(case, "failure", message=found.message, type=found.severity.label)
        failure.text = f"{found.message}\n\nFix: {verification.rule(found.rule).fix}"
    elif found.verdict is Verdict.UNKNOWN:
        SubElement(case, "error", message=found.message, type="unknown")
    elif found.verdict is Verdict.NOT_APPLICABLE:
        SubElement(case, "skipped", message=found.message)
