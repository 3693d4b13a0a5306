"""A tenant table has one permissive policy for each command and role.

What: no two permissive policies of a tenant table apply to the same command and share a role.
Why: they are OR'ed: each is evaluated for each row, and a reviewer has to read them together to know who sees what.
Fix: merge them, or make the narrowing one `AS RESTRICTIVE`.
"""

from collections.abc import Iterator
from itertools import combinations

from policies.facts.relations import Policy
from policies.rule import Severity
from policies.scopes.tables import TenantTable, tenant_tables

SCOPE = tenant_tables
PLANES = ("rendered-sql", "live")
SEVERITY = Severity.MEDIUM
CLAUSES = ("isolation 4", "splinter 0006")
BAD = """
CREATE POLICY second ON shop.orders
  USING (tenant_id = (SELECT NULLIF(current_setting('app.tenant_id', true), '')::uuid));
"""
GOOD = "CREATE POLICY second ON shop.orders AS RESTRICTIVE USING (total >= 0);"


def check(table: TenantTable) -> Iterator[str]:
    permissive = [policy for policy in table.relation.policies if policy.is_permissive]
    for first, second in combinations(permissive, 2):
        if _same_command(first, second) and _same_role(first, second):
            yield f"policies '{first.name}' and '{second.name}' are OR'ed"


def _same_command(first: Policy, second: Policy) -> bool:
    return first.command == second.command or "all" in (first.command, second.command)


def _same_role(first: Policy, second: Policy) -> bool:
    roles = set(first.roles) & set(second.roles)
    return bool(roles) or "public" in (*first.roles, *second.roles)
