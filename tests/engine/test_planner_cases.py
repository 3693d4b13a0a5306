"""Each file under cases/ is one situation and the steps it has to come to."""

from pathlib import Path

import pytest

from tests.engine.planning import case_files, load, plan_case


@pytest.mark.parametrize("path", case_files(), ids=lambda path: path.stem)
def test_plans(path: Path) -> None:
    case = load(path)
    planned = plan_case(case)
    assert planned.steps == case["steps"]
    for expected, said in zip(case.get("problems", ()), planned.problems, strict=True):
        assert expected in said


@pytest.mark.parametrize("path", case_files(), ids=lambda path: path.stem)
def test_says_what_it_shows(path: Path) -> None:
    assert load(path)["what"]
