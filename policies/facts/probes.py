"""What was tried on the running databases with real logins, and what came of it."""

from dataclasses import dataclass
from typing import Literal

Command = Literal["select", "insert", "update", "delete", "copy"]
Context = Literal["unset", "empty", "own", "other", "malformed"]
COMMANDS: tuple[Command, ...] = ("select", "insert", "update", "delete", "copy")
CONTEXTS: tuple[Context, ...] = ("unset", "empty", "own", "other", "malformed")

Outcome = Literal["rows", "refused", "error"]
Aim = Literal["own", "foreign"]
"""Whose row the attempt went for: the canary of the tenant in the context, or another tenant's."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One statement that was run and rolled back.

    `rows` counts what it reached: rows seen, inserted, changed or deleted. `sqlstate` says why it was refused
    or failed. `is_granted` tells whether the intent grants the role this command on the table at all.
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
    detail: str = ""
