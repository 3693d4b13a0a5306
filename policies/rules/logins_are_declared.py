"""Only declared logins exist.

What: every role that may log in is the superuser, a login of a service on the instance, one of the
    instance's own, or with replicas one that its nodes use among themselves.
Why: a forgotten or planted account is outside every grant and every review.
Fix: `DROP ROLE <role>;` or `ALTER ROLE <role> NOLOGIN;`
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.roles import ServerRole, logins

SCOPE = logins
PLANES = ("rendered-sql", "live")
SEVERITY = Severity.HIGH
CLAUSES = ("CIS PostgreSQL 4.3", "PCI DSS 8.2.1", "isolation 2")
BAD = "CREATE ROLE intern LOGIN;"
GOOD = "CREATE ROLE reports NOLOGIN;"


def check(subject: ServerRole) -> Iterator[str]:
    server = subject.server
    if subject.role.name not in (*server.logins, *server.cluster_logins):
        yield "may log in but is not declared"
