"""When an instance last restored itself beside its data, and last read its whole repository.

Each node notes its own checks; the primary makes them.
"""

import json
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from infra.model.backups import REPOSITORY_CHECK_FILE, RESTORE_CHECK_FILE
from infra.model.errors import CannotCheck
from policies.facts.backups import RegularCheck

Commands = Callable[[list[str], str], str]
"""What runs a command in a node's container: its stdout, or the second argument where it fails. Raises CannotCheck."""

_FILES = (RESTORE_CHECK_FILE, REPOSITORY_CHECK_FILE)
_READ = ["sh", "-c", 'for path; do cat "$path" 2>/dev/null; echo; done', "sh", *_FILES]


@dataclass(frozen=True)
class RegularChecks:
    """The last word of all nodes, and the last success, of each check; None where no node has made it yet."""

    restore: RegularCheck | None
    repository: RegularCheck | None


def regular_checks(nodes: Iterable[Commands]) -> RegularChecks:
    """A node that is away has nothing to say."""
    said = [words for run in nodes if len(words := _words(run)) == len(_FILES)]
    return RegularChecks(newest_check(each[0] for each in said), newest_check(each[1] for each in said))


def newest_check(said: Iterable[str]) -> RegularCheck | None:
    """From the status files of one check."""
    found = [status for status in map(_status, said) if "lastRun" in status]
    if not found:
        return None
    newest = max(found, key=lambda status: float(status["lastRun"]["finished"]))
    passed = max((float(status["passed"]) for status in found if "passed" in status), default=None)
    return RegularCheck(passed, int(newest.get("failures", 0)), newest["lastRun"].get("message", ""))


def _words(run: Commands) -> list[str]:
    with suppress(CannotCheck):
        return run(_READ, "").splitlines()
    return []


def _status(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
