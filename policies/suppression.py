"""Failures accepted for a while: `policies/suppressions.yaml`, each with rule, object, reason and expiry."""

import fnmatch
from datetime import date
from pathlib import Path

from infra.model.declaration import Declaration
from infra.model.reading import read_yaml, validate
from policies.evaluate import Result

FILE = Path(__file__).parent / "suppressions.yaml"


class Suppression(Declaration):
    """One accepted failure; `object` may be a glob, `until` is the last day it holds."""

    rule: str
    object: str
    reason: str
    until: date

    def matches(self, result: Result) -> bool:
        """Whether it is about this result."""
        return self.rule == result.rule and fnmatch.fnmatchcase(result.object, self.object)

    def is_expired(self, day: date) -> bool:
        """Whether its last day is over."""
        return day > self.until

    def staleness(self, day: date) -> str:
        """Why it suppressed nothing."""
        return f"expired on {self.until}" if self.is_expired(day) else "matches no failure"


class Suppressions(Declaration):
    """The whole file."""

    suppressions: tuple[Suppression, ...] = ()


def load_suppressions(path: Path = FILE) -> tuple[Suppression, ...]:
    """Every suppression. Raises ConfigurationError naming the wrong key."""
    return validate(Suppressions, read_yaml(path), str(path)).suppressions
