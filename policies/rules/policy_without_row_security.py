"""No table has policies while its row security is off.

What: a table in a service's schema that has policies also has row security enabled.
Why: the policies are not applied, and whoever reads the schema believes that they are.
Fix: `ALTER TABLE <table> ENABLE ROW LEVEL SECURITY;` or drop the policies.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.tables import ServiceRelation, service_tables

SCOPE = service_tables
PLANES = ("rendered-sql", "live")
SEVERITY = Severity.HIGH
CLAUSES = ("CIS PostgreSQL 4.7", "splinter 0007")
BAD = "CREATE POLICY known ON shop.countries USING (code <> 'XX');"
GOOD = """
ALTER TABLE shop.countries ENABLE ROW LEVEL SECURITY;
CREATE POLICY known ON shop.countries USING (code <> 'XX');
"""


def check(table: ServiceRelation) -> Iterator[str]:
    if table.relation.policies and not table.relation.row_security:
        names = ", ".join(policy.name for policy in table.relation.policies)
        yield f"has policies ({names}) but row security is off"
