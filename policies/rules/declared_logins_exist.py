"""Every declared login exists and may log in.

What: migrator, app and readonly of each service, and the instance's own logins, are roles with LOGIN.
Why: a login that is missing is one that nobody probed, and a service that cannot start.
Fix: `aqdata up --stack <stack>`.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.roles import Server, servers

SCOPE = servers
PLANES = ("rendered-sql", "live")
SEVERITY = Severity.HIGH
CLAUSES = ("seed: database per service",)
BAD = "ALTER ROLE shop_readonly NOLOGIN;"
GOOD = "ALTER ROLE shop_readonly CONNECTION LIMIT 3;"


def check(server: Server) -> Iterator[str]:
    for name in server.logins:
        role = server.catalog.role(name)
        if role is None or not role.can_login:
            yield f"{name} {'does not exist' if role is None else 'may not log in'}"
