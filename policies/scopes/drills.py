"""The drills of servers that are not PostgreSQL's, and what is wrong with the drills of any."""

from collections.abc import Iterator
from dataclasses import dataclass

from infra.model.backups import DAY
from policies.facts.drills import Drills
from policies.facts.facts import Facts
from policies.rule import Scope
from policies.scopes.backups import HOUR

LONGEST_PAUSE = 8 * DAY


@dataclass(frozen=True)
class DrilledServer:
    """One server and its drills."""

    name: str
    drills: Drills

    @property
    def address(self) -> str:
        """`redis drills`."""
        return f"{self.name} drills"


def problems(drills: Drills) -> Iterator[str]:
    """A message for each reason why they do not prove that the server can be restored now."""
    yield from drills.chain_problems
    if drills.passed is None:
        yield "no drill has passed"
    elif drills.passed > drills.read_at + HOUR:
        yield "the last passed drill is dated in the future"
    elif drills.read_at - drills.passed > LONGEST_PAUSE:
        yield f"the last passed drill is {(drills.read_at - drills.passed) // DAY} days old"


def _in_production(facts: Facts) -> Iterator[DrilledServer]:
    if facts.intent.stack.is_production:
        for name, drills in facts.drills.items():
            yield DrilledServer(name, drills)


drilled_in_production = Scope("drilled servers in production", "drills", _in_production)
