"""The socket admits the server's own user only.

What: each line for the socket uses peer, or refuses, and names the superuser or the replication of the host itself.
Why: trust on the socket makes every process in the container a superuser.
Fix: `local all postgres peer`
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.servers import HbaLine, hba_lines

SCOPE = hba_lines
PLANES = ("plan", "live")
SEVERITY = Severity.HIGH
CLAUSES = ("CIS PostgreSQL 5.2",)
BAD = "local all all trust"
GOOD = "local all postgres peer"


def check(line: HbaLine) -> Iterator[str]:
    if not line.is_remote and line.rule.method not in ("peer", "reject"):
        yield f"accepts by {line.rule.method}: {line.rule.text}"
