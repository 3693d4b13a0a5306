"""How the drills of a server went."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Drills:
    """What the kept reports say of a server's present data; times in seconds since 1970.

    `passed` is when a drill last passed by its report, `newest` the newest report of one, and `chain_problems` what
    shows that reports were changed or removed.
    """

    read_at: int
    passed: int | None = None
    newest: Mapping[str, Any] | None = None
    chain_problems: tuple[str, ...] = ()
