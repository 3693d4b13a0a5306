"""The superuser comes in over the network with a client certificate only.

What: a line for network connections that names the superuser, or everybody in a database that services do not use,
    has clientcert=verify-full; and the first line that fits the superuser is such a line.
Why: a password alone must not be enough to be above every policy.
Fix: `hostssl all postgres all scram-sha-256 clientcert=verify-full` before every wider line.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.servers import HbaLine, hba_lines

SCOPE = hba_lines
PLANES = ("plan", "live")
SEVERITY = Severity.HIGH
CLAUSES = ("CIS PostgreSQL 5", "PCI DSS 8.4")
BAD = "hostssl all postgres all scram-sha-256"
GOOD = "hostssl all postgres all scram-sha-256 clientcert=verify-full"

_SUPERUSER = "postgres"


def check(line: HbaLine) -> Iterator[str]:
    rule = line.rule
    accepts = line.is_remote and rule.method != "reject"
    if accepts and _SUPERUSER in rule.users and "clientcert=verify-full" not in rule.options:
        yield f"admits {_SUPERUSER} without a client certificate: {rule.text}"
