"""The tenant key is never NULL.

What: the tenant column of each tenant table is NOT NULL.
Why: a row without a tenant belongs to nobody: no tenant sees it, none can delete it, and a policy that treats NULL as
    "everybody" leaks it.
Fix: `ALTER TABLE <table> ALTER <key> SET NOT NULL;` after the rows have been given their tenants.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.tables import TenantTable, tenant_tables

SCOPE = tenant_tables
PLANES = ("rendered-sql", "live")
SEVERITY = Severity.HIGH
CLAUSES = ("isolation 22",)
BAD = "ALTER TABLE shop.orders ALTER tenant_id DROP NOT NULL;"
GOOD = "ALTER TABLE shop.orders ALTER tenant_id SET NOT NULL;"


def check(table: TenantTable) -> Iterator[str]:
    if table.column is None:
        yield f"has no column '{table.key}', its declared tenant key"
    elif not table.column.not_null:
        yield f"column '{table.key}' may be NULL"
