"""What is printed while an operation runs."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from cli.display.progress import Progress
from infra.engine.events import Diagnostic, Op, PolicyReport, StepFailed, StepFinished, StepStarted, Summary
from tests.cli.display.steps import VOLUME, step


class Screen:
    def __init__(self) -> None:
        self.stream = io.StringIO()
        self.now = 100.0
        self.progress = Progress(Console(file=self.stream, width=160), clock=lambda: self.now)

    @property
    def lines(self) -> list[str]:
        return [line.rstrip() for line in self.stream.getvalue().splitlines()]


@pytest.fixture
def screen() -> Screen:
    return Screen()


def test_a_finished_step_is_one_line_with_its_time(screen: Screen) -> None:
    screen.progress(StepFinished(step(Op.CREATE, new={}), 1.23))
    assert screen.lines == ["+  docker:Container postgres-user  created 1.2s"]


def test_what_stays_the_same_or_is_only_planned_is_not_told(screen: Screen) -> None:
    screen.progress(StepFinished(step(Op.SAME, old={}, new={})))
    screen.progress(StepFinished(step(Op.CREATE, new={}), 1.0, planning=True))
    screen.progress(Summary({"same": 1}, 1.0, False))
    assert screen.lines == []


def test_running_steps_are_counted_up_until_they_finish(screen: Screen) -> None:
    screen.progress(StepStarted(step(Op.CREATE, new={})))
    screen.now += 2.5
    assert screen.progress.running() == ["  +  docker:Container postgres-user  creating 2.5s"]
    screen.progress(StepFinished(step(Op.CREATE, new={}), 2.5))
    assert screen.progress.running() == []


def test_many_running_steps_are_summed_up(screen: Screen) -> None:
    for number in range(20):
        screen.progress(StepStarted(step(Op.CREATE, VOLUME, f"v{number}", new={})))
    assert screen.progress.running()[-1] == "  … and 8 more"


def test_a_failure_comes_with_its_reason(screen: Screen) -> None:
    failing = step(Op.CREATE, new={})
    screen.progress(Diagnostic("error", "port 5432 is held by nginx\n", failing.urn))
    screen.progress(StepFailed(failing, 0.4))
    assert screen.lines == [
        "   error: postgres-user: port 5432 is held by nginx",
        "!  docker:Container postgres-user  failed 0.4s",
    ]


def test_debug_messages_are_kept_from_the_screen(screen: Screen) -> None:
    screen.progress(Diagnostic("debug", "x"))
    assert screen.lines == []


def test_a_policy_violation_is_told_with_its_enforcement(screen: Screen) -> None:
    screen.progress(PolicyReport("no_public_port", "5432 is public", "mandatory"))
    assert screen.lines == ["   policy no_public_port (mandatory): 5432 is public"]


def test_text_that_looks_like_markup_or_emoji_is_printed_as_it_is(screen: Screen) -> None:
    screen.progress(Diagnostic("info", "[bold]x[/bold] aqstream:secret:Password"))
    assert screen.lines == ["   info: [bold]x[/bold] aqstream:secret:Password"]


def test_the_same_words_about_many_resources_are_counted(screen: Screen) -> None:
    for number in range(10):
        screen.progress(Diagnostic("warning", "not reached", f"urn:pulumi:s::p::t::r{number}"))
    screen.progress(Summary({}, 1.0, False, "failed"))
    assert screen.lines == [
        "   warning: r0: not reached",
        "   warning: r1: not reached",
        "   warning: r2: not reached",
        "   warning: and 7 more: not reached",
    ]
