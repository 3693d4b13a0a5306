"""The verification as GitHub workflow commands, which become annotations of the run."""

from policies.evaluate import Result, Verdict
from policies.rule import Severity
from policies.verification import Verification


def render(verification: Verification) -> str:
    """One line for each finding and for each thing that could not be evaluated, then the verdict."""
    lines = [_line(verification, found) for found in (*verification.findings, *verification.unevaluated)]
    counts = verification.counts
    total = ", ".join(f"{counts[verdict]} {verdict.value}" for verdict in Verdict)
    lines.append(f"::notice title=aqdata verify {_property(verification.stack)}::{total}")
    return "\n".join(lines) + "\n"


def _line(verification: Verification, found: Result) -> str:
    is_error = found.verdict is Verdict.UNKNOWN or found.severity >= Severity.HIGH
    fix = "" if found.verdict is Verdict.UNKNOWN else f"\nFix: {' '.join(verification.rule(found.rule).fix.split())}"
    title = _property(f"{found.rule} ({found.severity.label})")
    command = "error" if is_error else "warning"
    return f"::{command} title={title}::{_data(f'{found.object}: {found.message}{fix}')}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
