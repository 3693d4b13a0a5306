"""The backups of each instance, beside what the stack declares about them."""

from collections.abc import Iterator
from dataclasses import dataclass

from infra.model.backups import DAY, Backups
from infra.model.stack import Stack
from policies.facts.backups import InstanceBackups, RegularCheck
from policies.facts.facts import Facts
from policies.rule import Scope
from policies.scopes.resources import PlannedResource

HOUR = 3600
FIRST_FULL_WITHIN = HOUR
LATEST_FULL_WITHIN = 26 * HOUR


@dataclass(frozen=True)
class BackedUp:
    """One instance's backups as they are and as they are declared."""

    stack: Stack
    found: InstanceBackups

    @property
    def address(self) -> str:
        """`postgres-user backups`."""
        return f"{self.found.instance} backups"

    @property
    def declared(self) -> Backups:
        """What the stack declares."""
        return self.stack.backups

    @property
    def archiving_since(self) -> int | None:
        """When the oldest WAL segment that is kept was archived."""
        segments = self.found.repository.segments
        return min((segment.archived for segment in segments), default=None)

    @property
    def is_new(self) -> bool:
        """Whether archiving began so lately that the first full may still be under way."""
        return self.began_within(FIRST_FULL_WITHIN)

    def began_within(self, seconds: int) -> bool:
        """Whether archiving began less than that long ago."""
        since = self.archiving_since
        return since is not None and self.found.read_at - since < seconds

    def lateness(self, check: RegularCheck | None, every: int, *, never: str, late: str) -> Iterator[str]:
        """A message where a regular check has not passed within its time and a day; one of a day's age may wait.

        `late` has a place for the days since it last passed.
        """
        if check is None or check.passed is None:
            if not self.began_within(DAY):
                yield never
        elif self.found.read_at - check.passed > every + DAY:
            yield late.format((self.found.read_at - check.passed) // DAY)

    @property
    def required_window(self) -> int:
        """Seconds back that have to be restorable: as declared, or since the first full of a younger instance."""
        first = self.found.first_full
        return min(self.declared.recovery_window, self.found.read_at - first) if first else 0

    def is_option(self, name: str, expected: str) -> Iterator[str]:
        """A message where pgBackRest's option is not the expected one."""
        found = self.found.options.get(name, "not set")
        if found != expected:
            yield f"{name} is {found}, expected {expected}"


def _instances(facts: Facts) -> Iterator[BackedUp]:
    for backups in facts.backups.values():
        yield BackedUp(facts.intent.stack, backups)


def _in_production(facts: Facts) -> Iterator[BackedUp]:
    return (backups for backups in _instances(facts) if backups.stack.is_production)


backed_up_instances = Scope("instances with backups", "backups", _instances)
production_instances = Scope("production instances with backups", "backups", _in_production)


def _planned_stanzas(facts: Facts) -> Iterator[PlannedResource]:
    return (
        PlannedResource(facts.intent.stack, resource)
        for resource in facts.resources
        if resource.type == "aqstream:backup:Stanza"
    )


planned_stanzas = Scope("planned backup stanzas", "resources", _planned_stanzas)
