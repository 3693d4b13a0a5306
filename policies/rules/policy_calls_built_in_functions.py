"""Policies of tenant tables call PostgreSQL's own functions only.

What: no policy of a tenant table calls a function that somebody made, except those that its service declares
    and the signed tenant context's.
Why: whoever may replace the function decides who sees which rows, without touching a policy.
Fix: write the condition out, or declare the function with its reason under `functions:`.
"""

from collections.abc import Iterator

from policies.expressions import functions_called
from policies.rule import Severity
from policies.scopes.tables import TenantTable, tenant_tables
from policies.tenant_context import CURRENT_TENANT

SCOPE = tenant_tables
PLANES = ("rendered-sql", "live")
SEVERITY = Severity.HIGH
CLAUSES = ("CIS PostgreSQL 4.4", "isolation 8")
BAD = """
CREATE FUNCTION shop.is_open(uuid) RETURNS boolean LANGUAGE sql STABLE AS 'SELECT true';
CREATE POLICY open ON shop.orders AS RESTRICTIVE USING (shop.is_open(id));
"""
GOOD = "CREATE POLICY open ON shop.orders AS RESTRICTIVE USING (length(country) = 2);"


def check(table: TenantTable) -> Iterator[str]:
    made = {(function.schema, function.name) for function in table.catalog.functions}
    for policy in table.relation.policies:
        for name in {*functions_called(policy.using), *functions_called(policy.check)}:
            is_context = table.is_signed and name == CURRENT_TENANT
            if name[-2:] in made and name[-1] not in table.service.functions and not is_context:
                yield f"policy '{policy.name}' calls {'.'.join(name)}"
