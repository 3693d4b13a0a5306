"""No permissive policy is always true.

What: no permissive policy of any table in a service's schema has a constant truth as its condition.
Why: such a policy looks like protection in every listing and protects nothing.
Fix: write the condition, or drop the policy and declare the table global.
"""

from collections.abc import Iterator

from policies.expressions import is_always_true
from policies.rule import Severity
from policies.scopes.tables import ServiceRelation, service_tables

SCOPE = service_tables
PLANES = ("rendered-sql", "live")
SEVERITY = Severity.HIGH
CLAUSES = ("isolation 4", "splinter 0024")
BAD = """
ALTER TABLE shop.countries ENABLE ROW LEVEL SECURITY;
CREATE POLICY everybody ON shop.countries USING (1 = 1);
"""
GOOD = """
ALTER TABLE shop.countries ENABLE ROW LEVEL SECURITY;
CREATE POLICY known ON shop.countries USING (code <> 'XX');
"""


def check(table: ServiceRelation) -> Iterator[str]:
    for policy in table.relation.policies:
        conditions = (policy.using, policy.check)
        if policy.is_permissive and any(is_always_true(condition) for condition in conditions):
            yield f"policy '{policy.name}' is always true"
