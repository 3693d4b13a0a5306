"""Row-level security is on for every tenant table.

What: `ALTER TABLE ... ENABLE ROW LEVEL SECURITY` holds for each table whose tenancy is tenant or child.
Why: without it policies exist but filter nothing, and every login with a grant sees all tenants.
Fix: `ALTER TABLE <table> ENABLE ROW LEVEL SECURITY;` in a changeset.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.tables import TenantTable, tenant_tables

SCOPE = tenant_tables
PLANES = ("rendered-sql", "live")
SEVERITY = Severity.CRITICAL
CLAUSES = ("CIS PostgreSQL 4.7", "PCI DSS 7.2", "isolation 1", "seed: row level security")
BAD = "ALTER TABLE shop.orders DISABLE ROW LEVEL SECURITY;"
GOOD = "ALTER TABLE shop.orders ENABLE ROW LEVEL SECURITY;"


def check(table: TenantTable) -> Iterator[str]:
    if not table.relation.row_security:
        yield "row security is off"
