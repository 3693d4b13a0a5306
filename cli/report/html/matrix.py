"""The isolation matrix: role x table x command, each cell with the attempts behind it."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from policies.facts.probes import COMMANDS, PRIMARY, Attempt, Command

State = Literal["isolated", "leak", "unknown", "denied", "untried"]


@dataclass(frozen=True)
class Cell:
    """What was tried for one role, table and command."""

    attempts: tuple[Attempt, ...]

    @property
    def state(self) -> State:
        """A leak outweighs everything, then what could not be tried, then a refusal of the whole command."""
        if not self.attempts:
            return "untried"
        if any(attempt.aim == "foreign" and attempt.reached for attempt in self.attempts):
            return "leak"
        if any(attempt.is_inconclusive for attempt in self.attempts):
            return "unknown"
        own = [attempt for attempt in self.attempts if attempt.aim == "own"]
        if not any(attempt.is_granted for attempt in self.attempts):
            return "denied"
        return "isolated" if any(attempt.reached for attempt in own) or not own else "unknown"


@dataclass(frozen=True)
class Row:
    """A role, with the way it came in, and a cell for each command on each table."""

    role: str
    cells: dict[tuple[str, Command], Cell]


@dataclass(frozen=True)
class Block:
    """The tables of one schema of one instance, and the roles that were tried on them."""

    instance: str
    schema: str
    tables: tuple[str, ...]
    rows: tuple[Row, ...]


def blocks(attempts: Iterable[Attempt]) -> list[Block]:
    """The matrix, a block for each schema."""
    grouped: dict[tuple[str, str], list[Attempt]] = defaultdict(list)
    for attempt in attempts:
        grouped[attempt.instance, attempt.table.partition(".")[0]].append(attempt)
    return [_block(*key, found) for key, found in sorted(grouped.items())]


def _block(instance: str, schema: str, attempts: list[Attempt]) -> Block:
    tables = tuple(dict.fromkeys(attempt.table for attempt in attempts))
    roles = tuple(dict.fromkeys(_role(attempt) for attempt in attempts))
    cells: dict[tuple[str, str, Command], list[Attempt]] = defaultdict(list)
    for attempt in attempts:
        cells[_role(attempt), attempt.table, attempt.command].append(attempt)
    rows = tuple(
        Row(
            role,
            {(table, command): Cell(tuple(cells[role, table, command])) for table in tables for command in COMMANDS},
        )
        for role in roles
    )
    return Block(instance, schema, tables, rows)


def _role(attempt: Attempt) -> str:
    return attempt.role if attempt.path == PRIMARY else f"{attempt.role} ({attempt.path})"
