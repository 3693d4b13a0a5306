"""Policies evaluate the tenant setting once for each statement.

What: in policies of tenant tables `current_setting('app.tenant_id')` stands inside a sub-select.
Why: inside `(SELECT ...)` it becomes an init plan, evaluated once; outside, PostgreSQL may evaluate it for every row,
    which others measured at twenty times the cost on 100,000 rows.
Fix: write `key = (SELECT NULLIF(current_setting('app.tenant_id', true), '')::uuid)`.
"""

from collections.abc import Iterator

from policies.expressions import reads_setting_per_row
from policies.rule import Severity
from policies.scopes.tables import TenantTable, tenant_tables

SCOPE = tenant_tables
PLANES = ("rendered-sql", "live")
SEVERITY = Severity.LOW
CLAUSES = ("seed: row level security", "splinter 0003")
BAD = """
ALTER POLICY tenant_isolation ON shop.orders
  USING (tenant_id = NULLIF(current_setting('app.tenant_id', true), '')::uuid);
"""
GOOD = """
ALTER POLICY tenant_isolation ON shop.orders
  USING (tenant_id = (SELECT NULLIF(current_setting('app.tenant_id', true), '')::uuid));
"""


def check(table: TenantTable) -> Iterator[str]:
    for policy in table.relation.policies:
        if reads_setting_per_row(policy.using) or reads_setting_per_row(policy.check):
            yield f"policy '{policy.name}' may ask for the tenant for every row"
