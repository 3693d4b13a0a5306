"""How long the command line takes before it does anything: the best of several starts."""

import os
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]


def _best_seconds(command: list[str], environment: Mapping[str, str], starts: int = 7) -> float:
    return min(_seconds(command, environment) for _ in range(starts))


def _seconds(command: list[str], environment: Mapping[str, str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


def test_help_within_350_ms() -> None:
    seconds = _best_seconds([str(CHECKOUT / "aqdata"), "--help"], os.environ)
    print(f"aqdata --help: {seconds * 1000:.0f} ms")
    assert seconds < 0.35


def test_bootstrap_adds_less_than_100_ms() -> None:
    direct = [str(CHECKOUT / ".venv/bin/python"), "-P", "-m", "cli", "--help"]
    environment = os.environ | {"PYTHONPATH": str(CHECKOUT)}
    added = _best_seconds([str(CHECKOUT / "aqdata"), "--help"], os.environ) - _best_seconds(direct, environment)
    print(f"bootstrap of a warm checkout: {added * 1000:.0f} ms")
    assert added < 0.1
