"""The durable cache server of production was started from its disk within the last eight days.

What: a drill of its present data passed by the time that its report states, and the chain of reports is whole.
Why: that what it acknowledged is on the disk, and can be loaded, shows only when it is loaded.
Fix: `aqdata drill --redis --stack STACK`, weekly
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.drills import DrilledServer, drilled_in_production, problems

SCOPE = drilled_in_production
PLANES = ("live",)
SEVERITY = Severity.HIGH
CLAUSES = ("backups: Redis",)
BAD = "{drilled: 9d}"
GOOD = "{drilled: 7d}"


def check(server: DrilledServer) -> Iterator[str]:
    return problems(server.drills)
