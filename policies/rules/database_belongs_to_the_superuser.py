"""No login owns the database.

What: the database is owned by the provisioner's superuser.
Why: the owner of a database may make schemas in it and grant access to it.
Fix: `ALTER DATABASE <database> OWNER TO postgres;`
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.roles import SUPERUSER, Server, servers

SCOPE = servers
PLANES = ("rendered-sql", "live")
SEVERITY = Severity.HIGH
CLAUSES = ("CIS PostgreSQL 4.5",)
BAD = "ALTER DATABASE aqstream OWNER TO shop_app;"
GOOD = "ALTER DATABASE aqstream OWNER TO postgres;"


def check(server: Server) -> Iterator[str]:
    if server.catalog.database_owner != SUPERUSER:
        yield f"belongs to {server.catalog.database_owner}"
