"""A global table has no tenant column.

What: no table declared global has a column `tenant_id`.
Why: rows with a tenant in a table without row security are everybody's.
Fix: declare the table's tenancy as tenant, or drop the column.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.tables import DeclaredTable, declared_tables

SCOPE = declared_tables
PLANES = ("rendered-sql", "live")
SEVERITY = Severity.HIGH
CLAUSES = ("isolation 1", "seed: tables without tenant_id")
BAD = "ALTER TABLE shop.countries ADD COLUMN tenant_id uuid;"
GOOD = "ALTER TABLE shop.countries ADD COLUMN continent text;"


def check(table: DeclaredTable) -> Iterator[str]:
    if table.relation and not table.declared.is_tenant_scoped and table.relation.column("tenant_id"):
        yield "is declared global but has a column 'tenant_id'"
