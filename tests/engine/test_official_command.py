"""Ctrl-C while the Pulumi CLI works. In its place is a program that ends as the CLI does, with its own words."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
CLI = """#!/bin/bash
[ "$1" = version ] && echo v3.260.0 && exit
trap 'count=$((count + 1)); touch heard; [ $count = 2 ] && echo "error: terminated" >&2 && exit 130' INT
echo $$ > started
while [ ! -e finished ]; do sleep 0.05; done
[ "$count" ] && echo "error: update canceled" >&2
touch saved
[ "$count" ] && exit 1
echo "$@"
"""
USER = """
import os
from pulumi.automation.errors import CommandError
from infra.engine.official_command import Command
command = Command()
command.tell = lambda message: print(message, flush=True)
try:
    print(command.run(["up", "--yes"], os.getcwd(), {}).stdout)
except CommandError as error:
    print(str(error))
"""


@contextmanager
def update(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A command that runs until there is a file `finished`."""
    (folder / "pulumi").write_text(CLI)
    (folder / "pulumi").chmod(0o755)
    environment = os.environ | {"PATH": f"{folder}:{os.environ['PATH']}", "PYTHONPATH": str(CHECKOUT)}
    process = subprocess.Popen(
        [sys.executable, "-c", USER],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        while not (folder / "started").exists():
            assert process.poll() is None
        yield process
    finally:
        (folder / "finished").touch()
        process.kill()
        process.wait()


def said(process: subprocess.Popen[str]) -> str:
    output, _ = process.communicate(timeout=20)
    return output


def test_what_the_cli_prints_is_the_result(tmp_path: Path) -> None:
    with update(tmp_path) as process:
        (tmp_path / "finished").touch()
        assert said(process) == "--non-interactive up --yes\n"


@pytest.mark.parametrize("reaches", [os.kill, os.killpg], ids=["us", "the-terminal's-group"])
def test_ctrl_c_lets_the_cli_finish_and_reaches_it_once(tmp_path: Path, reaches: object) -> None:
    assert callable(reaches)
    with update(tmp_path) as process:
        reaches(process.pid, signal.SIGINT)
        assert process.stdout is not None
        assert process.stdout.readline() == "cancelling: finishing what runs; Ctrl-C again stops at once\n"
        (tmp_path / "finished").touch()
        rest = said(process)
    assert "error: update canceled" in rest
    assert "Traceback" not in rest


def test_ctrl_c_twice_ends_the_cli_at_once(tmp_path: Path) -> None:
    with update(tmp_path) as process:
        process.send_signal(signal.SIGINT)
        assert process.stdout is not None
        process.stdout.readline()
        while not (tmp_path / "heard").exists():
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        rest = said(process)
    assert "error: terminated" in rest
    assert not Path(f"/proc/{(tmp_path / 'started').read_text().strip()}").exists()


def test_a_cli_whose_user_is_killed_finishes_what_runs(tmp_path: Path) -> None:
    with update(tmp_path) as process:
        process.kill()
        process.wait()
        cli = Path(f"/proc/{(tmp_path / 'started').read_text().strip()}")
        deadline = time.monotonic() + 20
        while not (tmp_path / "heard").exists():
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert cli.exists()
        (tmp_path / "finished").touch()
        while cli.exists():
            assert time.monotonic() < deadline
            time.sleep(0.01)
    assert (tmp_path / "saved").exists()
