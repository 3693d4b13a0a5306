"""PUBLIC may neither connect to the database nor make temporary objects there.

What: the database grants nothing to PUBLIC, and no login may make temporary objects.
Why: every new role could connect; a temporary table can shadow a real one for a function without a fixed path.
Fix: `REVOKE ALL ON DATABASE <database> FROM PUBLIC;`
"""

from collections.abc import Iterator

from policies.facts.access import PUBLIC
from policies.rule import Severity
from policies.scopes.roles import Server, servers

SCOPE = servers
PLANES = ("rendered-sql", "live")
SEVERITY = Severity.MEDIUM
CLAUSES = ("CIS PostgreSQL 4.5", "isolation 20")
BAD = "GRANT TEMPORARY ON DATABASE aqstream TO PUBLIC;"
GOOD = "GRANT CONNECT ON DATABASE aqstream TO shop_app;"


def check(server: Server) -> Iterator[str]:
    for grant in server.catalog.database_acl:
        if grant.grantee == PUBLIC:
            yield f"PUBLIC has {grant.privilege}"
        elif grant.grantee in server.logins and grant.privilege != "CONNECT":
            yield f"{grant.grantee} has {grant.privilege}"
