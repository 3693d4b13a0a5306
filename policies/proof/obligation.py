"""What the prover hands out: one obligation for each login role, tenant table and command, with its verdict."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Literal

Command = Literal["SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER", "KEY"]
COMMANDS: tuple[Command, ...] = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER", "KEY")

ROW_COMMANDS: tuple[Command, ...] = ("SELECT", "INSERT", "UPDATE", "DELETE")
"""The commands that policies filter."""


class Some(Enum):
    """A value that has to be there and may be anything of its type."""

    VALUE = "some value"


TOKEN_FOR = "token for "  # noqa: S105 words, no secret
"""Before a tenant: the value of a witness's setting that stands for a valid token, which the replay has signed."""

Scalar = str | int | bool | Some | None


class Verdict(StrEnum):
    """What is known of an obligation. TRUSTED: the role is declared to be beyond tenants; never a proof."""

    PROVED = "proved"
    COUNTEREXAMPLE = "counterexample"
    UNKNOWN = "unknown"
    TRUSTED = "trusted"


SEVERITY = {Verdict.PROVED: 0, Verdict.TRUSTED: 1, Verdict.UNKNOWN: 2, Verdict.COUNTEREXAMPLE: 3}


@dataclass(frozen=True)
class PlantedRow:
    """A row that has to exist, by the columns that matter; `relation` is (schema, name)."""

    relation: tuple[str, str]
    values: Mapping[str, Scalar]


@dataclass(frozen=True)
class Witness:
    """A leak to repeat: who acts, through which relation, in which settings, on which rows.

    `target` is the foreign row that is seen or touched (None for INSERT), `written` the row as the command leaves it.
    `blind` means the command may not read columns. `statement` is set where one statement is the whole leak.
    """

    login: str
    user: str
    command: Command
    relation: tuple[str, str]
    settings: Mapping[str, str]
    target: PlantedRow | None = None
    written: PlantedRow | None = None
    others: tuple[PlantedRow, ...] = ()
    blind: bool = False
    refreshed_with: Mapping[str, str] | None = None
    statement: str = ""


@dataclass(frozen=True)
class Obligation:
    """One thing proved, refuted or not known; `table` is `schema.name`, `path` what the role goes through."""

    role: str
    table: str
    command: Command
    verdict: Verdict
    path: str = ""
    construct: str = ""
    witness: Witness | None = None
    assumptions: tuple[str, ...] = ()

    @property
    def summary(self) -> str:
        """One line for a report."""
        via = f" through {self.path}" if self.path and self.path != self.table else ""
        why = f": {self.construct}" if self.construct else ""
        return f"{self.verdict.value}: {self.role} {self.command} {self.table}{via}{why}"
