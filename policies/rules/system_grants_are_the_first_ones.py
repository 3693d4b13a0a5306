"""Nobody may more with PostgreSQL's own objects than a fresh server allows.

What: no function, relation or column of pg_catalog and no server parameter has a grant that `initdb` did not give,
    except what the verifier reads and pgBackRest calls.
Why: `pg_read_file` reads every tenant's rows from the data folder, `pg_statistic` holds values of protected columns,
    and whoever may set `session_replication_role` switches foreign keys and triggers off; no policy is asked.
Fix: `REVOKE <privilege> ON <object> FROM <role>;`
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.roles import Server, servers
from policies.system_grants import undeclared_grants

SCOPE = servers
PLANES = ("live",)
SEVERITY = Severity.CRITICAL
CLAUSES = ("CIS PostgreSQL 4.3", "isolation 16", "PCI DSS 7.2")
BAD = "GRANT SET ON PARAMETER session_replication_role TO shop_app;"
GOOD = "GRANT SELECT ON shop.orders TO shop_app;"


def check(server: Server) -> Iterator[str]:
    for grant in undeclared_grants(server.catalog):
        yield f"{grant.grantee} has {grant.privilege} on {grant.object}"
