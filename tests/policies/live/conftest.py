"""Fixtures of the rules' own examples."""

from tests.policies.examples.world import world

__all__ = ["world"]
