#!/usr/bin/python3
"""Make the backup that is due, if one is; started every minute by the scheduler in the container.

What is due follows from the backups there are, not from the clock alone, so a run that was missed is made up for
by the next call. The status file says what was seen, done and missed.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from scheduled import DAY, HOUR, Status, read_status, write_status

MINUTE = 60
LOOK_AGAIN = 10 * MINUTE
LONGEST_PAUSE = 30 * MINUTE
AFTER_A_CHECKPOINT = ["sh", "-c", 'psql -Xq --dbname=postgres --command=CHECKPOINT && exec "$@"', "sh"]
"""Until the first checkpoint after a promotion the control file names the former timeline, and pgBackRest refuses."""
NOT_LATER = "is not later than latest backup label"
"""Of a full that was ended the store goes on to list the folder; only another full has a later label than that."""


def latest_slot(now: float, full_minute: int) -> float:
    """When the last daily full should have started."""
    today = now - now % DAY + full_minute * MINUTE
    return today if today <= now else today - DAY


def due(now: float, newest: dict[str, float], options: Any) -> str | None:
    """`full`, `diff` or None; `newest` holds when the newest backup of each type started, 0 where there is none."""
    if newest["full"] < latest_slot(now, options.full_minute):
        return "full"
    if options.differential_hours and max(newest.values()) < now - options.differential_hours * HOUR:
        return "diff"
    return None


def missed_slots(now: float, newest_full: float, full_minute: int) -> int:
    """How many daily fulls should have been made since the newest one, the one that is due now left out."""
    if not newest_full:
        return 0
    return max(0, int(latest_slot(now, full_minute) - latest_slot(newest_full, full_minute)) // DAY - 1)


def may_try(now: float, status: Status) -> bool:
    """Whether enough time has passed since the last failure: one minute, then twice that, up to half an hour."""
    failures = status.get("failures", 0)
    pause = min(LONGEST_PAUSE, MINUTE * 2 ** min(failures - 1, 10)) if failures else 0
    return not 0 <= now - status.get("lastRun", {}).get("finished", 0) < pause


def has_looked(now: float, status: Status) -> bool:
    """Whether the repository was looked at a moment ago; a look in the future was before the clock went back."""
    return bool(0 <= now - status.get("looked", 0) < LOOK_AGAIN)


def newest_starts(stanza: str, now: float) -> dict[str, float] | None:
    """When the newest backup of each type started, or None without a stanza that could hold any.

    One from the future was made while a clock ran ahead, and says nothing of the days until then.
    """
    command = ["pgbackrest", f"--stanza={stanza}", "info", "--output=json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    if not found or not found[0].get("db"):
        return None
    current = found[0]["db"][-1]["id"]
    starts: dict[str, float] = {"full": 0, "diff": 0, "incr": 0}
    for backup in found[0]["backup"]:
        start = backup["timestamp"]["start"]
        if backup["database"]["id"] == current and not backup.get("error") and start <= now:
            starts[backup["type"]] = max(starts[backup["type"]], start)
    return starts


def back_up(stanza: str, kind: str, note: Callable[[], None]) -> Status:
    """Make a backup with low priority; the status of the run. `note` is called once a minute until it ends."""
    started = time.time()
    program = ["nice", "-n", "10", "pgbackrest", f"--stanza={stanza}", f"--type={kind}", "backup"]
    command = [*AFTER_A_CHECKPOINT, *program]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        output, errors = await_end(running, note)
    reason = (errors or output).strip()[-500:] if running.returncode else ""
    return {"type": kind, "started": started, "finished": time.time(), "ok": not running.returncode, "message": reason}


def await_end(running: "subprocess.Popen[str]", note: Callable[[], None]) -> tuple[str, str]:
    """What it wrote to stdout and to stderr."""
    while True:
        note()
        try:
            return running.communicate(timeout=MINUTE)
        except subprocess.TimeoutExpired:
            continue


def tick(now: float, status: Status, options: Any, note: Callable[[Status], None]) -> Status:
    """The status after looking, and after making what is due; `note` gets it while a backup is being made."""
    status = {**status, "checked": now}
    if not has_looked(now, status) or due(now, status["newest"], options):
        newest = newest_starts(options.stanza, now)
        if newest is None:
            return status
        status |= {"looked": now, "newest": newest}
    kind = due(now, status["newest"], options)
    status["missed"] = missed_slots(now, status["newest"]["full"], options.full_minute)
    status["due"] = kind
    if kind is None:
        return {**status, "failures": 0}
    if not may_try(now, status):
        return status
    under_way = {**status, "running": {"type": kind, "started": now}}

    def still() -> None:
        note({**under_way, "checked": time.time()})

    run = back_up(options.stanza, kind, still)
    if kind != "full" and NOT_LATER in run["message"]:
        kind = "full"
        run = back_up(options.stanza, kind, still)
    status |= {"lastRun": run, "checked": run["finished"]}
    status["failures"] = 0 if run["ok"] else status.get("failures", 0) + 1
    if run["ok"]:
        status["madeUpFor"] = status["missed"]
        status |= {"missed": 0, "due": None, "newest": {**status["newest"], kind: run["started"]}}
    return status


def parse(arguments: list[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stanza", required=True)
    parser.add_argument("--full-minute", type=int, required=True)
    parser.add_argument("--differential-hours", type=int, default=0)
    parser.add_argument("--status", type=Path, required=True)
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    """One tick. The exit code is that of the scheduled job."""
    options = parse(arguments)
    status = {"newest": {"full": 0, "diff": 0, "incr": 0}, **read_status(options.status)}
    status.pop("running", None)

    def note(current: Status) -> None:
        with suppress(OSError):
            write_status(options.status, current)

    try:
        status = tick(time.time(), status, options, note)
    except (OSError, ValueError, subprocess.CalledProcessError) as error:
        reason = getattr(error, "stderr", "") or str(error)
        sys.stderr.write(f"backup schedule of {options.stanza}: {reason.strip()[-500:]}\n")
        write_status(options.status, {**status, "checked": time.time(), "error": reason.strip()[-500:]})
        return 1
    status.pop("error", None)
    write_status(options.status, status)
    return 0 if status.get("lastRun", {"ok": True})["ok"] else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
