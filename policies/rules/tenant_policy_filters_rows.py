"""Every permissive policy of a tenant table lets only the tenant's rows through.

What: each permissive policy's USING compares the tenant key with the context's tenant, alone or with more
    conditions that narrow it further; a policy without USING is for INSERT only.
Why: permissive policies are OR'ed, so a single wider one opens the table to every tenant.
Fix: drop the wider policy, or make it restrictive (`AS RESTRICTIVE`) if it was meant to narrow.
"""

from collections.abc import Iterator

from policies.expressions import is_tenant_filter
from policies.rule import Severity
from policies.scopes.tables import TenantTable, tenant_tables

SCOPE = tenant_tables
PLANES = ("rendered-sql", "live")
SEVERITY = Severity.CRITICAL
CLAUSES = ("CIS PostgreSQL 4.7", "PCI DSS 7.2", "isolation 4", "isolation 17", "splinter 0024")
BAD = "CREATE POLICY ops ON shop.orders FOR SELECT TO shop_app USING (true);"
GOOD = "CREATE POLICY recent ON shop.orders AS RESTRICTIVE FOR SELECT USING (placed_at > '2000-01-01');"


def check(table: TenantTable) -> Iterator[str]:
    for policy in table.relation.policies:
        reads = policy.is_permissive and policy.command != "insert"
        if reads and not is_tenant_filter(policy.using, table.key, signed=table.is_signed):
            yield f"policy '{policy.name}' lets rows through by {policy.using or 'no condition'}"
