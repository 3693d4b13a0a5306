"""Objects made later grant nothing on their own.

What: no default privilege grants tables, sequences or schemas to PUBLIC or to a login, and none widens functions to
    PUBLIC.
Why: a default grant opens tables that do not exist yet, before anybody has declared their tenancy.
Fix: `ALTER DEFAULT PRIVILEGES FOR ROLE <role> REVOKE ALL ON <objects> FROM <grantee>;`
"""

from collections.abc import Iterator

from policies.facts.access import PUBLIC
from policies.rule import Severity
from policies.scopes.roles import Server, servers

SCOPE = servers
PLANES = ("rendered-sql", "live")
SEVERITY = Severity.HIGH
CLAUSES = ("CIS PostgreSQL 4.5", "isolation 21")
BAD = "ALTER DEFAULT PRIVILEGES FOR ROLE shop_owner IN SCHEMA shop GRANT SELECT ON TABLES TO shop_app;"
GOOD = "ALTER DEFAULT PRIVILEGES FOR ROLE shop_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;"


def check(server: Server) -> Iterator[str]:
    open_to = {PUBLIC, *server.logins}
    for default in server.catalog.default_privileges:
        where = f"in schema {default.schema}" if default.schema else "everywhere"
        for grant in default.acl:
            if grant.grantee in open_to:
                yield f"{default.objects} that {default.role} makes {where} grant {grant.privilege} to {grant.grantee}"
