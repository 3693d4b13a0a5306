"""Nobody comes in over the network without SCRAM.

What: each line for network connections asks for scram-sha-256, or refuses.
Why: trust, password, ident, md5 and peer accept who has no password or let it be replayed.
Fix: replace the method by `scram-sha-256`, or remove the line.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.servers import HbaLine, hba_lines

SCOPE = hba_lines
PLANES = ("plan", "live")
SEVERITY = Severity.CRITICAL
CLAUSES = ("CIS PostgreSQL 5.3", "PCI DSS 8.3.1", "PCI DSS 2.2.2")
BAD = "host all all all trust"
GOOD = "hostssl aqstream all 10.0.0.0/8 scram-sha-256"


def check(line: HbaLine) -> Iterator[str]:
    if line.is_remote and line.rule.method not in ("scram-sha-256", "reject"):
        yield f"accepts by {line.rule.method}: {line.rule.text}"
