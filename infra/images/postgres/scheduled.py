"""What the jobs that the scheduler in the container starts have in common: a status file, and when a check is due.

Beside the programs in /usr/local/bin, which import it from there.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Status = dict[str, Any]
HOUR = 3600
DAY = 24 * HOUR
FIRST_AFTER = 6 * HOUR
"""A stack that is made to be thrown away does not check itself first."""
LONGEST_PAUSE = DAY
LONGEST_SECONDS = 6 * HOUR
LOW = ["nice", "-n", "15"]


class CheckFailed(Exception):
    """What was checked is not as it has to be; the text says why."""


def due(now: float, status: Status, every: float) -> bool:
    """Whether the last success is that old, or the first look some hours ago, and a pause has passed after failures.

    The pause is an hour, then twice that, up to a day.
    """
    failures = status.get("failures", 0)
    pause = min(LONGEST_PAUSE, HOUR * 2 ** min(failures - 1, 10)) if failures else 0
    last = status.get("lastRun", {}).get("finished", 0)
    wanted = status["passed"] + every if "passed" in status else status.get("since", now) + FIRST_AFTER
    return bool(now >= wanted and now >= last + pause)


def carry_out(now: float, status: Status, work: Callable[[], None]) -> Status:
    """The status after a check; `work` raises CheckFailed."""
    message = ""
    try:
        work()
    except (CheckFailed, OSError, ValueError) as error:
        message = str(error)
    finished = time.time()
    run_ = {"started": now, "finished": finished, "ok": not message, "message": message}
    if message:
        return {**status, "lastRun": run_, "failures": status.get("failures", 0) + 1}
    return {**status, "lastRun": run_, "failures": 0, "passed": finished, "seconds": finished - now}


def look(options: argparse.Namespace, check: Callable[[float, Status], Status]) -> int:
    """Make the check if it is due, or asked for now, and note how it went. The exit code of the job."""
    now = time.time()
    status = {"since": now, **read_status(options.status)}
    if options.now or due(now, status, options.every_days * DAY):
        status = check(now, status)
    write_status(options.status, {**status, "checked": now})
    if status.get("failures"):
        sys.stderr.write(f"{options.stanza}: {status['lastRun']['message']}\n")
    return 1 if status.get("failures") else 0


def arguments_of(description: str | None) -> argparse.ArgumentParser:
    """What every check is told."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--stanza", required=True)
    parser.add_argument("--every-days", type=int, required=True)
    parser.add_argument("--status", type=Path, required=True)
    parser.add_argument("--now", action="store_true", help="whether it is due or not")
    return parser


def run(command: list[str], seconds: float = LONGEST_SECONDS) -> str:
    """Its stdout, at low priority. Raises CheckFailed with the last thing it said."""
    try:
        done = subprocess.run([*LOW, *command], capture_output=True, text=True, check=False, timeout=seconds)
    except subprocess.TimeoutExpired as error:
        raise CheckFailed(f"{command[0]} took longer than {seconds:.0f} s") from error
    if done.returncode:
        said = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        errors = [line for line in said if "ERROR" in line or "FATAL" in line] or said or ["no reason given"]
        raise CheckFailed(f"{command[0]}: {errors[-1].strip()[-400:]}")
    return done.stdout.strip()


def read_status(path: Path) -> Status:
    """The last status; an unreadable one counts as none."""
    try:
        found: Status = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return found


def write_status(path: Path, status: Status) -> None:
    """Whole or not at all."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(json.dumps(status))
    draft.replace(path)
