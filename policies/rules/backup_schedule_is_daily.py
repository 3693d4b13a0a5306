"""The scheduler asks every minute whether a backup of its own instance is due.

What: a line of its table runs at every minute and names the instance's stanza and a time of day for the full.
Why: a line that runs once a week, or for another stanza, leaves days without a full and looks alive.
Fix: `aqdata up` writes the table again.
"""

import re
from collections.abc import Iterator

from infra.model.backups import MINUTES_PER_DAY
from policies.rule import Severity, Unknown
from policies.scopes.backups import BackedUp, backed_up_instances

SCOPE = backed_up_instances
PLANES = ("live",)
SEVERITY = Severity.HIGH
CLAUSES = ("seed: backups",)
BAD = "{crontab: ['0 2 * * 0 aqstream-backup-schedule --stanza=postgres-user --full-minute=120 --status=s']}"
GOOD = "{crontab: ['* * * * * aqstream-backup-schedule --stanza=postgres-user --full-minute=240 --status=s']}"
_LINE = re.compile(
    r"\* \* \* \* \* (?:aqstream-on-primary )?aqstream-backup-schedule"
    r" --stanza=(?P<stanza>\S+) --full-minute=(?P<minute>\d+) "
)


def check(backups: BackedUp) -> Iterator[str]:
    table = backups.found.crontab
    if table is None:
        raise Unknown("the scheduler's table was not read")
    matches = [match for line in table if (match := _LINE.match(line)) and match["stanza"] == backups.found.instance]
    if not matches:
        yield f"no line asks every minute: {'; '.join(table) or 'the table is empty'}"
    for match in matches:
        if int(match["minute"]) >= MINUTES_PER_DAY:
            yield f"the full is due at minute {match['minute']}, which no day has"
