"""No role may make roles or databases.

What: no role but the superuser has CREATEROLE or CREATEDB.
Why: who may make roles can grant itself almost everything; who may make databases leaves the guarded one.
Fix: `ALTER ROLE <role> NOCREATEROLE NOCREATEDB;`
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.roles import ServerRole, roles

SCOPE = roles
PLANES = ("rendered-sql", "live")
SEVERITY = Severity.HIGH
CLAUSES = ("CIS PostgreSQL 4.3", "PCI DSS 7.2")
BAD = "ALTER ROLE shop_migrator CREATEROLE;"
GOOD = "ALTER ROLE shop_migrator NOCREATEROLE;"


def check(subject: ServerRole) -> Iterator[str]:
    if subject.role.can_create_role:
        yield "has CREATEROLE"
    if subject.role.can_create_database:
        yield "has CREATEDB"
