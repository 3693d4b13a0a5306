"""Files in which an engine keeps what it has deployed."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StateFile:
    """One file of the state; `secrets` counts the stack's secrets that stand in it in plain."""

    path: str
    secrets: int = 0
