"""Interrupting a running update: once, twice, and with `kill -9`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

CHECKOUT = Path(__file__).parents[2]


@contextmanager
def update(root: Path, seconds: float) -> Iterator[subprocess.Popen[str]]:
    """A running update, and surely none afterwards."""
    command = [sys.executable, "-m", "tests.engine.slow_update", str(root), str(seconds)]
    process = subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def wait_for(process: subprocess.Popen[str], line: str) -> list[str]:
    """What the process says until it says `line`."""
    assert process.stdout is not None
    said: list[str] = []
    for each in process.stdout:
        said.append(each.strip())
        if said[-1] == line:
            return said
    raise AssertionError(f"{line!r} was not said, but {said}")


def state(root: Path) -> dict[str, Any]:
    path = root / ".pulumi/stacks/test/dev.json"
    if not path.exists():
        return {}
    latest: dict[str, Any] = json.loads(path.read_text())["checkpoint"]["latest"]
    return latest


def names(root: Path) -> list[str]:
    things = [each for each in state(root)["resources"] if each["type"].endswith("Thing")]
    return [each["urn"].split("::")[-1] for each in things]


def made(root: Path) -> list[str]:
    return sorted(path.name.split("-")[0] for path in (root / "world").iterdir())


def finish(root: Path) -> None:
    """A further update completes what was interrupted, and makes nothing twice."""
    with update(root, 0) as process:
        assert process.wait(60) == 0
    assert made(root) == ["first", "second", "third"]
    assert names(root) == ["first", "second", "third"]
    assert "pending_operations" not in state(root)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_once_finishes_what_runs_saves_and_says_what_is_left(tmp_path: Path, number: signal.Signals) -> None:
    with update(tmp_path, 0.4) as process:
        wait_for(process, "StepStarted first")
        process.send_signal(number)
        said = wait_for(process, "canceled second")
        assert "StepFinished first" in said
        assert process.wait(30) == 8
    assert names(tmp_path) == ["first"]
    assert "pending_operations" not in state(tmp_path)
    assert not list(tmp_path.glob(".pulumi/locks/**/*.json"))
    finish(tmp_path)


def test_twice_stops_now_and_leaves_word_of_what_ran(tmp_path: Path) -> None:
    with update(tmp_path, 30) as process:
        wait_for(process, "StepStarted first")
        while "pending_operations" not in state(tmp_path):
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 8
        assert process.stdout is not None
        assert process.stdout.read().startswith("canceled"), "the last event is always a summary"
    (pending,) = state(tmp_path)["pending_operations"]
    assert pending["type"] == "creating"
    assert "id" not in pending["resource"]
    assert not list(tmp_path.glob(".pulumi/locks/**/*.json"))
    finish(tmp_path)


ASKED_WHILE_TELLING = """
import signal, time
from infra.engine.embedded.interruption import Interruption
from infra.engine.embedded.report import Report

def tell(event):
    print(event.message, flush=True)
    if event.message == "one":
        signal.raise_signal(signal.SIGINT)

report = Report(tell, is_preview=False)
with Interruption().listening(lambda text: report.say("warning", text), lambda: None):
    report.say("info", "one")
    report.say("info", "two")
    time.sleep(1)
"""


def test_asked_while_an_event_is_told_it_does_not_wait_for_itself() -> None:
    command = [sys.executable, "-c", ASKED_WHILE_TELLING]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, timeout=30, check=True)
    said = done.stdout.splitlines()
    assert said[0] == "one"
    assert "two" in said
    assert any(line.startswith("cancelling") for line in said)


HUNG_UP = """
import signal
from infra.engine.signals import listening

signal.signal(signal.SIGHUP, signal.SIG_IGN)
with listening(lambda: print("heard", flush=True)):
    signal.raise_signal(signal.SIGHUP)
    signal.raise_signal(signal.SIGTERM)
"""


def test_a_hangup_that_is_to_be_ignored_is_not_heard() -> None:
    command = [sys.executable, "-c", HUNG_UP]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout == "heard\n"


@pytest.mark.parametrize("moment", ["before", "after"])
def test_killed_at_any_moment_the_next_update_completes(tmp_path: Path, moment: str) -> None:
    with update(tmp_path, 1.0) as process:
        wait_for(process, "StepStarted first" if moment == "before" else "StepFinished first")
        os.kill(process.pid, signal.SIGKILL)
        assert process.wait(10) == -signal.SIGKILL
    assert list(tmp_path.glob(".pulumi/locks/**/*.json"))
    finish(tmp_path)
    assert not list(tmp_path.glob(".pulumi/locks/**/*.json"))


def test_killed_after_the_world_changed_what_was_made_is_adopted(tmp_path: Path) -> None:
    with update(tmp_path, 1.0) as process:
        wait_for(process, "StepStarted second")
        while len(made(tmp_path)) < 2:
            assert process.poll() is None
        os.kill(process.pid, signal.SIGKILL)
        process.wait(10)
    assert names(tmp_path) == ["first"]
    finish(tmp_path)
