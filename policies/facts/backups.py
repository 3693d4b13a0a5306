"""What an instance's backup repository holds, and how its scheduler and its last drill went."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from infra.model.recovery.repository import Repository
from infra.model.recovery.window import RecoveryWindow
from policies.facts.drills import Drills


@dataclass(frozen=True, slots=True)
class Schedule:
    """The scheduler's last word: seconds since 1970, runs that were missed, failures in a row and the last reason.

    `running_since`: when the backup began that is being made; None where none is.
    """

    checked: float
    missed: int
    failures: int
    message: str = ""
    running_since: float | None = None


@dataclass(frozen=True, slots=True)
class RegularCheck:
    """The last word of a check that an instance makes by itself: when it last passed, failures since."""

    passed: float | None
    failures: int
    message: str = ""


@dataclass(frozen=True)
class InstanceBackups:
    """One instance. `read_at` in seconds since 1970; `options` of pgBackRest without its secrets.

    `waiting` counts WAL segments that are not archived yet; `drills` are those of this cluster.
    `crontab` are the lines of the scheduler's table and `scheduler` the states of its processes as `ps` has them;
    `is_stopped` says that pgBackRest was told to stop; `stored` are the bytes that the repository holds by backup.
    `restore_check` restores the newest backup beside the data, `repository_check` reads every object there is.
    `disk` is the size of the volume of the instance's data and what of it is free, in bytes.
    None is not known.
    """

    instance: str
    read_at: int
    repository: Repository
    window: RecoveryWindow
    drills: Drills
    options: Mapping[str, str] = field(default_factory=dict)
    schedule: Schedule | None = None
    restore_check: RegularCheck | None = None
    repository_check: RegularCheck | None = None
    waiting: int | None = None
    crontab: tuple[str, ...] | None = None
    scheduler: tuple[str, ...] | None = None
    is_stopped: bool | None = None
    disk: tuple[int, int] | None = None
    stored: Mapping[str, int] | None = None

    @property
    def first_full(self) -> int | None:
        """When the oldest full that is kept had ended."""
        return self.repository.fulls[0].stop if self.repository.fulls else None

    @property
    def newest_full(self) -> int | None:
        """When the newest full had ended."""
        return self.repository.fulls[-1].stop if self.repository.fulls else None
