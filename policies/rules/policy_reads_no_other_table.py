"""Policies of tenant tables read no other table.

What: no policy of a tenant table has a sub-select over a table.
Why: such a sub-select runs for every row, depends on the other table's own policies, and a change there silently
    changes who sees what here.
Fix: give the table its own tenant key, bound to its parent by a composite foreign key.
"""

from collections.abc import Iterator

from policies.expressions import tables_read
from policies.rule import Severity
from policies.scopes.tables import TenantTable, tenant_tables

SCOPE = tenant_tables
PLANES = ("rendered-sql", "live")
SEVERITY = Severity.MEDIUM
CLAUSES = ("isolation: speed of policies",)
BAD = """
CREATE POLICY shipped ON shop.orders AS RESTRICTIVE
  USING (EXISTS (SELECT FROM shop.countries AS c WHERE c.code = orders.country));
"""
GOOD = "CREATE POLICY shipped ON shop.orders AS RESTRICTIVE USING (country IS NOT NULL);"


def check(table: TenantTable) -> Iterator[str]:
    for policy in table.relation.policies:
        for read in sorted({*tables_read(policy.using), *tables_read(policy.check)}):
            yield f"policy '{policy.name}' reads {read}"
