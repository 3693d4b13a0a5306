"""The owner of a service's schema cannot log in.

What: the role that owns a service's objects is NOLOGIN.
Why: the owner can switch row security off, so nobody should be it by password.
Fix: `ALTER ROLE <service>_owner NOLOGIN;`
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.roles import ServerRole, roles

SCOPE = roles
PLANES = ("rendered-sql", "live")
SEVERITY = Severity.CRITICAL
CLAUSES = ("isolation 2", "PCI DSS 7.2")
BAD = "ALTER ROLE shop_owner LOGIN;"
GOOD = "ALTER ROLE shop_owner NOLOGIN;"


def check(subject: ServerRole) -> Iterator[str]:
    service = subject.service
    if service and subject.role.name == service.owner and subject.role.can_login:
        yield "owns the schema and may log in"
