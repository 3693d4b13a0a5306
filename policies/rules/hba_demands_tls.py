"""Nobody comes in over the network without TLS.

What: each line for network connections is `hostssl`, or refuses.
Why: `host` accepts connections in the clear.
Fix: write `hostssl` instead of `host`.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.servers import HbaLine, hba_lines

SCOPE = hba_lines
PLANES = ("plan", "live")
SEVERITY = Severity.CRITICAL
CLAUSES = ("CIS PostgreSQL 6.8", "PCI DSS 4.2.1")
BAD = "host aqstream all all scram-sha-256"
GOOD = "hostnossl all all all reject"


def check(line: HbaLine) -> Iterator[str]:
    if line.is_remote and line.rule.type != "hostssl" and line.rule.method != "reject":
        yield f"accepts connections without TLS: {line.rule.text}"
