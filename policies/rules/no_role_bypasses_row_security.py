"""No role bypasses row security.

What: no role but the superuser has BYPASSRLS.
Why: it sees every tenant, whatever the policies say.
Fix: `ALTER ROLE <role> NOBYPASSRLS;`
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.roles import ServerRole, roles

SCOPE = roles
PLANES = ("rendered-sql", "live")
SEVERITY = Severity.CRITICAL
CLAUSES = ("CIS PostgreSQL 4.7", "PCI DSS 7.2", "isolation 2")
BAD = "ALTER ROLE shop_app BYPASSRLS;"
GOOD = "ALTER ROLE shop_app NOBYPASSRLS;"


def check(subject: ServerRole) -> Iterator[str]:
    if subject.role.bypasses_row_security:
        yield "has BYPASSRLS"
