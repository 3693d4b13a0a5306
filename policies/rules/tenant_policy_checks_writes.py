"""Every permissive policy of a tenant table lets only the tenant's rows be written.

What: each permissive policy's WITH CHECK, or its USING where it has none, compares the tenant key with the tenant
    of the context: app.tenant_id, or the signed one's function.
Why: without it a tenant can insert rows into, or move its rows to, another tenant.
Fix: `ALTER POLICY <policy> ON <table> WITH CHECK (<the tenant filter>);` or drop the policy.
"""

from collections.abc import Iterator

from policies.expressions import is_tenant_filter
from policies.rule import Severity
from policies.scopes.tables import TenantTable, tenant_tables

SCOPE = tenant_tables
PLANES = ("rendered-sql", "live")
SEVERITY = Severity.CRITICAL
CLAUSES = ("CIS PostgreSQL 4.7", "PCI DSS 7.2", "isolation 3")
BAD = "ALTER POLICY tenant_isolation ON shop.orders WITH CHECK (true);"
GOOD = """
ALTER POLICY tenant_isolation ON shop.orders
  WITH CHECK (tenant_id = (SELECT NULLIF(current_setting('app.tenant_id', true), '')::uuid) AND total >= 0);
"""


def check(table: TenantTable) -> Iterator[str]:
    for policy in table.relation.policies:
        written = policy.check or policy.using
        writes = policy.is_permissive and policy.command in ("all", "insert", "update")
        if writes and not is_tenant_filter(written, table.key, signed=table.is_signed):
            yield f"policy '{policy.name}' lets rows be written by {written or 'no condition'}"
