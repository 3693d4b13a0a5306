"""Differences between what is declared and what runs: each with who is right and the command that mends it."""

from policies.drift.compare import Drift, compare
from policies.drift.difference import Difference

__all__ = ["Difference", "Drift", "compare"]
