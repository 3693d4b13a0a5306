"""The provisioner's superuser is the only one.

What: no role but `postgres` has SUPERUSER.
Why: a superuser passes every policy, grant and audit.
Fix: `ALTER ROLE <role> NOSUPERUSER;`
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.roles import ServerRole, roles

SCOPE = roles
PLANES = ("rendered-sql", "live")
SEVERITY = Severity.CRITICAL
CLAUSES = ("CIS PostgreSQL 4.3", "PCI DSS 7.2", "isolation 2")
BAD = "ALTER ROLE shop_app SUPERUSER;"
GOOD = "ALTER ROLE shop_app NOSUPERUSER;"


def check(subject: ServerRole) -> Iterator[str]:
    if subject.role.is_superuser:
        yield "is a superuser"
