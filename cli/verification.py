"""Proves a stack that has just been deployed, as `aqdata verify --plane live` does."""

from __future__ import annotations

from pathlib import Path

from cli.commands.verify import chosen_rules, judge, severity
from cli.planes import Request
from cli.report.formats import Destination, write
from cli.stack_access import StackAccess
from policies.suppression import load_suppressions
from policies.verification import Verification, set_aside


def prove(access: StackAccess, evidence: Path, *, quiet: bool) -> Verification:
    """Put every rule to the running stack, and print what came of it unless `quiet`."""
    rules = chosen_rules([])
    parts = frozenset(rule.scope.part for rule in rules)
    request = Request(access, access.intent, parts, read_only=False, evidence=evidence)
    verification = set_aside(judge(("live",), rules, request, severity("low")), load_suppressions(), ())
    write(verification, () if quiet else (Destination("human", None),))
    return verification
