"""A plan's resources as facts: what the containers, networks and servers would be."""

from policies.sources.plan.read import read_plan

__all__ = ["read_plan"]
