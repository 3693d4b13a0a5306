"""Functions that an owner makes later are not executable by everybody.

What: each service's owner has default privileges that take EXECUTE on functions away from PUBLIC.
Why: PostgreSQL grants EXECUTE on every new function to PUBLIC, a SECURITY DEFINER one included.
Fix: `ALTER DEFAULT PRIVILEGES FOR ROLE <owner> REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;`
"""

from collections.abc import Iterator

from policies.facts.access import PUBLIC
from policies.rule import Severity
from policies.scopes.roles import Server, servers

SCOPE = servers
PLANES = ("rendered-sql", "live")
SEVERITY = Severity.MEDIUM
CLAUSES = ("CIS PostgreSQL 4.4", "isolation 8")
BAD = "ALTER DEFAULT PRIVILEGES FOR ROLE shop_owner GRANT EXECUTE ON FUNCTIONS TO PUBLIC;"
GOOD = "ALTER DEFAULT PRIVILEGES FOR ROLE shop_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;"


def check(server: Server) -> Iterator[str]:
    closed = {
        default.role
        for default in server.catalog.default_privileges
        if default.objects == "functions" and default.schema is None
        if all(grant.grantee != PUBLIC for grant in default.acl)
    }
    for service in server.services:
        if service.owner not in closed:
            yield f"functions that {service.owner} makes can be executed by PUBLIC"
