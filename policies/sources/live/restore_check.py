"""When an instance last restored itself beside its data. Each node notes its own checks; the primary makes them."""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any

from infra.model.errors import CannotCheck
from policies.facts.backups import RestoreCheck

Commands = Callable[[list[str], str], str]
"""What runs a command in a node's container: its stdout, or the second argument where it fails. Raises CannotCheck."""
_SAID = ["cat", "/var/lib/postgresql/restore-check.json"]


def newest_restore_check(nodes: Iterable[Commands]) -> RestoreCheck | None:
    """The last word of all nodes, and the last success; None where none has made a check yet."""
    found = [status for status in _statuses(nodes) if "lastRun" in status]
    if not found:
        return None
    newest = max(found, key=lambda status: float(status["lastRun"]["finished"]))
    passed = max((float(status["passed"]) for status in found if "passed" in status), default=None)
    return RestoreCheck(passed, int(newest.get("failures", 0)), newest["lastRun"].get("message", ""))


def _statuses(nodes: Iterable[Commands]) -> Iterator[dict[str, Any]]:
    for run in nodes:
        with suppress(CannotCheck, ValueError):
            yield json.loads(run(_SAID, ""))
