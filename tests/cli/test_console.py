"""Results and progress go their own ways, with colour only where it is wanted."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cli import console

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def fresh_terminals(monkeypatch: pytest.MonkeyPatch) -> None:
    console.results.cache_clear()
    console.progress.cache_clear()
    for name in ("NO_COLOR", "CLICOLOR_FORCE", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)


def test_results_go_to_stdout_and_steps_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    console.results().print("answer")
    console.steps()("one thing done")
    captured = capsys.readouterr()
    assert captured.out == "answer\n"
    assert captured.err == "    0.0s  one thing done\n"


def test_a_pipe_gets_no_colour(capsys: pytest.CaptureFixture[str]) -> None:
    console.results().print("[red]answer[/red]")
    assert capsys.readouterr().out == "answer\n"


def test_clicolor_force_colours_a_pipe_and_no_color_wins(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CLICOLOR_FORCE", "1")
    monkeypatch.setenv("TERM", "xterm")
    console.results().print("[red]answer[/red]")
    assert "\x1b[31m" in capsys.readouterr().out
    console.results.cache_clear()
    monkeypatch.setenv("NO_COLOR", "1")
    console.results().print("[red]answer[/red]")
    assert "\x1b[31m" not in capsys.readouterr().out


def test_quiet_keeps_results(capsys: pytest.CaptureFixture[str]) -> None:
    console.be_quiet()
    console.steps()("one thing done")
    console.results().print("answer")
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("answer\n", "")


WITHOUT_A_READER = """
from cli import console
console.steps()("one thing done")
console.steps()("another")
console.report_error("what is wrong", "what to do")
console.results().print("the work went on")
"""


@pytest.mark.parametrize("opened", [os.pipe, os.openpty], ids=["a pipe", "a terminal"])
def test_work_goes_on_when_nobody_reads_of_it_any_more(opened: Callable[[], tuple[int, int]]) -> None:
    first, second = opened()
    process = subprocess.Popen(
        [sys.executable, "-c", f"input()\n{WITHOUT_A_READER}"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=second,
        text=True,
    )
    os.close(second)
    os.close(first)
    said, _ = process.communicate("begin\n", timeout=30)
    assert (process.returncode, said) == (0, "the work went on\n")
