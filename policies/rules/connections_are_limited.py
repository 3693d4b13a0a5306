"""Every login has a connection limit.

What: no login but the superuser may open connections without limit.
Why: one service in a loop takes the connections of all services on the server.
Fix: `ALTER ROLE <role> CONNECTION LIMIT <n>;`
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.roles import ServerRole, logins

SCOPE = logins
PLANES = ("rendered-sql", "live")
SEVERITY = Severity.LOW
CLAUSES = ("CIS PostgreSQL 6",)
BAD = "ALTER ROLE shop_app CONNECTION LIMIT -1;"
GOOD = "ALTER ROLE shop_app CONNECTION LIMIT 30;"


def check(subject: ServerRole) -> Iterator[str]:
    if subject.role.connection_limit < 0:
        yield "may open any number of connections"
