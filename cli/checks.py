"""Run the project's own checks one after the other and tell how each ended."""

import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

CHECKOUT = Path(__file__).parent.parent
PACKAGES = ("cli", "infra", "policies", "sql", "tests")


@dataclass(frozen=True)
class Check:
    """A Python module run as a program in the checkout, e.g. `ruff check .`."""

    name: str
    arguments: tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    """How a check ended. `note` says why where its own output does not."""

    name: str
    passed: bool
    seconds: float
    note: str = ""


STATIC_CHECKS = (
    Check("format", ("ruff", "format", "--check", ".")),
    Check("lint", ("ruff", "check", "--quiet", ".")),
    Check("types", ("mypy", *PACKAGES)),
)


def run_check(check: Check) -> Outcome:
    """Run one check; its output goes straight to the terminal."""
    start = time.monotonic()
    done = subprocess.run([sys.executable, "-m", *check.arguments], cwd=CHECKOUT, check=False)
    return Outcome(check.name, done.returncode == 0, time.monotonic() - start)


def run_tests(name: str, arguments: Sequence[str], report: Path) -> Outcome:
    """Run pytest; it passes only when a test ran, which pytest does not ask for."""
    outcome = run_check(Check(name, ("pytest", f"--junit-xml={report}", *arguments)))
    ran = count_tests(report)
    return Outcome(name, outcome.passed and ran > 0, outcome.seconds, f"{ran} ran" if ran else "no test ran")


def count_tests(report: Path) -> int:
    """Tests in a JUnit report that were run, skipped ones left out."""
    if not report.is_file():
        return 0
    suites = ElementTree.parse(report).iter("testsuite")  # noqa: S314 pytest wrote it a moment ago
    return sum(int(suite.get("tests", 0)) - int(suite.get("skipped", 0)) for suite in suites)
