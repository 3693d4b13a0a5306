"""Deploys the program: one interface, and behind it the Pulumi CLI or the embedded engine."""

from infra.engine.choice import choose
from infra.engine.interface import (
    Engine,
    Options,
    Outcome,
    PlannedResource,
    StackOutput,
    StackSummary,
    Workspace,
)

__all__ = [
    "Engine",
    "Options",
    "Outcome",
    "PlannedResource",
    "StackOutput",
    "StackSummary",
    "Workspace",
    "choose",
]
