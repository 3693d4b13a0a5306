"""The scheduler looks every minute and misses nothing.

What: its process runs, it looked within the last five minutes or the instance is new, missed no run, its last run did
    not fail, and none has been running for twelve hours. It notes every minute of a run that it waits for it.
Why: without it there is a last backup, and nobody notices until it is needed.
Fix: `docker logs` of the instance; a restart of the container starts it again.
"""

from collections.abc import Iterator

from policies.rule import Severity, Unknown
from policies.scopes.backups import BackedUp, backed_up_instances

SCOPE = backed_up_instances
PLANES = ("live",)
SEVERITY = Severity.HIGH
CLAUSES = ("seed: backups",)
BAD = "{checked: 6m}"
GOOD = "{checked: 2m}"
LONGEST_SILENCE = 300
LONGEST_RUN = 12 * 3600
"""Beyond it a run counts as one that hangs: it leaves little of the day in which the next one is due."""
_ALIVE = "RSD"
"""States of a process that runs or waits; a stopped one and a dead one do neither."""


def check(backups: BackedUp) -> Iterator[str]:
    if backups.found.scheduler is None:
        raise Unknown("the scheduler's process was not looked for")
    if not any(state[0] in _ALIVE for state in backups.found.scheduler):
        yield "its process does not run"
    schedule = backups.found.schedule
    if schedule is None:
        if not backups.is_new:
            yield "it has never looked"
        return
    silent = backups.found.read_at - schedule.checked
    if silent > LONGEST_SILENCE:
        yield f"it last looked {silent / 60:.0f} minutes ago"
    running = backups.found.read_at - (schedule.running_since or backups.found.read_at)
    if running > LONGEST_RUN:
        yield f"a backup has been running for {running / 3600:.0f} hours"
    if schedule.missed:
        yield f"{schedule.missed} daily fulls were missed and not made up for"
    if schedule.failures:
        yield f"{schedule.failures} runs failed in a row: {schedule.message}"
