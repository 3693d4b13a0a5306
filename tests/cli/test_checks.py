"""A run of tests passes only when a test ran and none failed."""

from pathlib import Path

import pytest

from cli.checks import Check, run_check, run_tests

_PASSING = "def test_x() -> None:\n    assert True\n"
_FAILING = "def test_x() -> None:\n    assert False\n"
_SKIPPED = "import pytest\n@pytest.mark.skip\ndef test_x() -> None:\n    assert True\n"


@pytest.mark.parametrize(
    ("content", "passed", "note"),
    [
        (_PASSING, True, "1 ran"),
        (_FAILING, False, "1 ran"),
        (_SKIPPED, False, "no test ran"),
        ("", False, "no test ran"),
        (_PASSING + _SKIPPED.replace("test_x", "test_y"), True, "1 ran"),
    ],
)
def test_outcome_of_a_test_run(tmp_path: Path, content: str, passed: bool, note: str) -> None:
    (tmp_path / "test_one.py").write_text(content)
    arguments = [str(tmp_path), f"--rootdir={tmp_path}", "--config-file=/dev/null", "--quiet"]
    outcome = run_tests("tests", arguments, tmp_path / "junit.xml")
    assert (outcome.passed, outcome.note) == (passed, note)


def test_a_check_fails_by_its_exit_code() -> None:
    assert run_check(Check("help", ("ruff", "--version"))).passed
    assert not run_check(Check("nonsense", ("ruff", "no-such-command"))).passed
