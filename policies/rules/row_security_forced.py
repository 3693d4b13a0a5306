"""Row-level security binds the owner of every tenant table too.

What: `ALTER TABLE ... FORCE ROW LEVEL SECURITY` holds for each tenant table.
Why: without FORCE the owner, and every function or view that runs as the owner, sees all tenants.
Fix: `ALTER TABLE <table> FORCE ROW LEVEL SECURITY;` in a changeset.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.tables import TenantTable, tenant_tables

SCOPE = tenant_tables
PLANES = ("rendered-sql", "live")
SEVERITY = Severity.CRITICAL
CLAUSES = ("CIS PostgreSQL 4.7", "PCI DSS 7.2", "isolation 1")
BAD = "ALTER TABLE shop.orders NO FORCE ROW LEVEL SECURITY;"
GOOD = "ALTER TABLE shop.orders FORCE ROW LEVEL SECURITY;"


def check(table: TenantTable) -> Iterator[str]:
    if not table.relation.force_row_security:
        yield "row security is not forced on the owner"
