"""What was tried on the running databases with real logins, and what came of it."""

from dataclasses import dataclass
from typing import Literal

Command = Literal["select", "insert", "update", "delete", "copy"]
Context = Literal["unset", "empty", "own", "other", "malformed", "unsigned", "expired", "edited"]
"""What a session says of its tenant; the last three only where it has to prove it: by the plain setting alone, by a
token that has expired, by one of its own with another tenant written into it."""
COMMANDS: tuple[Command, ...] = ("select", "insert", "update", "delete", "copy")

Way = Literal["primary", "pooled", "replica"]
"""The way in: the instance itself, its pooler, or the address that only reads."""
PRIMARY: Way = "primary"

Outcome = Literal["rows", "refused", "error"]
Aim = Literal["own", "foreign"]

PRIVILEGE_OR_POLICY = "42501"
NOT_SUPPORTED = "0A000"
MALFORMED_TEXT = "22P02"
BAD_TOKEN = "28000"  # noqa: S105 an SQLSTATE
STILL_REFERENCED = "23503"
DUPLICATE = "23505"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One statement that was run in a transaction that was rolled back.

    `own` and `other` are the contexts of two tenants, each with a row in the table. `aim` tells whose row was gone
    for: that of the tenant in the context, or another's. `rows` counts the rows reached. `outcome` is `refused`
    where the server answered with an error that is about privileges, policies or a malformed context.
    `is_granted` is what the intent says about the role, the table and the command. `held` is how many rows the table
    has by the server's own count, where nothing could be inserted to look for; None is not known.
    """

    instance: str
    role: str
    table: str
    command: Command
    context: Context
    aim: Aim
    outcome: Outcome
    rows: int = 0
    sqlstate: str | None = None
    statement: str = ""
    is_granted: bool = True
    message: str = ""
    path: Way = PRIMARY
    held: int | None = None

    @property
    def reached(self) -> bool:
        """Whether it got at a row.

        PostgreSQL checks policies before keys, so an error about a key or constraint comes from a row that the
        policies let through.
        """
        return (self.outcome == "rows" and self.rows > 0) or self._is_past_policies

    @property
    def is_inconclusive(self) -> bool:
        """Whether it failed for a reason that says nothing about isolation, such as a timeout."""
        return self.outcome == "error" and not self._is_past_policies

    @property
    def _is_past_policies(self) -> bool:
        return self.outcome == "error" and self.sqlstate in (STILL_REFERENCED, DUPLICATE)


@dataclass(frozen=True, slots=True)
class Experiment:
    """A sequence of statements tried as one: `leaked` counts another tenant's rows that came out of it.

    `own` counts the tenant's own rows seen, the positive control. `error` says why it could not be finished.
    """

    name: str
    instance: str
    role: str
    table: str
    leaked: int
    own: int
    sqlstate: str | None = None
    error: str = ""
    path: Way = PRIMARY

    @property
    def address(self) -> str:
        """Table, role and way in, as a report shows them."""
        return probed(self.instance, self.table, self.role, self.path)


def probed(instance: str, table: str, role: str, path: Way) -> str:
    """Where something was tried; the way in is named where it is not the instance itself."""
    return f"{instance}/{table} as {role}" + ("" if path == PRIMARY else f" ({path})")
