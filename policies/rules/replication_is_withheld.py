"""No service's role may replicate.

What: no role of a service, nor verifier or backup, has REPLICATION.
Why: a logical replication stream carries every tenant's rows past the policies.
Fix: `ALTER ROLE <role> NOREPLICATION;`
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.roles import INSTANCE_LOGINS, ServerRole, roles

SCOPE = roles
PLANES = ("rendered-sql", "live")
SEVERITY = Severity.CRITICAL
CLAUSES = ("CIS PostgreSQL 7.1", "isolation 2", "isolation 14")
BAD = "ALTER ROLE shop_readonly REPLICATION;"
GOOD = "ALTER ROLE shop_readonly NOREPLICATION;"


def check(subject: ServerRole) -> Iterator[str]:
    if subject.role.can_replicate and (subject.service or subject.role.name in INSTANCE_LOGINS):
        yield "has REPLICATION"
