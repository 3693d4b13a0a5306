"""How an environment's PostgreSQL instances are backed up: when, and for how long that is kept."""

import re
from typing import Annotated

from pydantic import BeforeValidator, Field, model_validator

from infra.model.declaration import Declaration
from infra.model.quantity import Seconds

DAY = 86400
MINUTES_PER_DAY = 1440
STATUS_FILE = "/var/lib/postgresql/backup-status.json"
RESTORE_CHECK_FILE = "/var/lib/postgresql/restore-check.json"
REPOSITORY_CHECK_FILE = "/var/lib/postgresql/repository-check.json"
"""Where an instance's container notes how its backups and its checks of them went."""
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")


def parse_clock(text: object) -> int:
    """`02:30` -> minutes since midnight UTC. Raises ValueError."""
    match = _CLOCK.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise ValueError("expected a time of day in UTC with quotes, such as '02:00'")
    return int(match[1]) * 60 + int(match[2])


Clock = Annotated[int, BeforeValidator(parse_clock)]
"""Minutes since midnight UTC, declared as `'02:00'`."""


class Backups(Declaration):
    """Daily full backups, and the archived WAL that lets an instance be restored to any moment between them.

    Instances start `stagger` apart, in the order they are declared. `differential_every` 0s makes none.
    Each instance restores itself beside its data every `restore_check_every`, which proves what that reads, and reads
    and compares every object of its repository every `verify_every`.
    `archive_timeout` bounds what a lost host loses: WAL leaves it at least this often while there are writes.
    """

    full_at: Clock
    stagger: Seconds
    differential_every: Seconds
    keep_fulls: Seconds
    recovery_window: Seconds
    restore_check_every: Seconds
    verify_every: Seconds
    archive_timeout: Annotated[Seconds, Field(ge=10, le=300)]
    processes: Annotated[int, Field(ge=1, le=64)]

    @property
    def full_days(self) -> int:
        """How many days a full backup is kept."""
        return self.keep_fulls // DAY

    @property
    def restore_check_days(self) -> int:
        """After how many days the next restore check is due."""
        return self.restore_check_every // DAY

    @property
    def verify_days(self) -> int:
        """After how many days the whole repository is read again."""
        return self.verify_every // DAY

    @property
    def archived_fulls(self) -> int:
        """How many fulls keep their WAL: pgBackRest counts backups, and the window has to hold just before the next."""
        return self.recovery_window // DAY + 1

    def full_minute(self, position: int) -> int:
        """When the instance at this position makes its daily full, in minutes since midnight UTC."""
        return (self.full_at + position * self.stagger // 60) % MINUTES_PER_DAY

    @model_validator(mode="after")
    def _whole_days(self) -> "Backups":
        days = {
            "keepFulls": self.keep_fulls,
            "recoveryWindow": self.recovery_window,
            "restoreCheckEvery": self.restore_check_every,
            "verifyEvery": self.verify_every,
        }
        for name, seconds in days.items():
            if seconds % DAY or not seconds:
                raise ValueError(f"'{name}' is counted in whole days; expected such as 7d")
        if self.recovery_window >= self.keep_fulls:
            raise ValueError("'recoveryWindow' has to be shorter than 'keepFulls': WAL needs a full to start from")
        if self.differential_every % 3600:
            raise ValueError("'differentialEvery' is counted in whole hours; expected such as 6h, or 0h for none")
        return self
