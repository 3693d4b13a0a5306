"""How the embedded engine's time and memory grow with the number of resources, each operation in a fresh process."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

SIZES = (100, 300, 1000)
VERBS = ("up", "preview", "up", "destroy")


def test_grows_linearly_with_the_number_of_resources(tmp_path: Path) -> None:
    for size in SIZES:
        folder = tmp_path / str(size)
        folder.mkdir()
        for position, verb in enumerate(VERBS):
            what = "nothing to change" if position in (1, 2) else "everything"
            figures = _measure(verb, size, folder)
            print(
                f"{size:5} resources, {verb:8} {what:18} {figures['whole']:6.2f} s whole process, "
                f"{figures['seconds']:6.2f} s engine, {figures['megabytes']:4.0f} MB"
            )
            assert sum(figures["changes"].values()) == size + (verb != "destroy") or verb == "destroy"


def _measure(verb: str, size: int, folder: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.benchmarks.engine_probe", verb, str(size), str(folder)]
    started = time.monotonic()
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    figures: dict[str, Any] = json.loads(done.stdout)
    return {**figures, "whole": time.monotonic() - started}
