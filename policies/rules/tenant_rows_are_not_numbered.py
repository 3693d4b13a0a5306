"""No number is counted up across tenants.

What: no column of a tenant table takes its value from a sequence.
Why: the sequence is everybody's, so from two numbers of its own a tenant reads how much all the others did in between.
Fix: `ALTER TABLE <table> ALTER <column> DROP DEFAULT;` or `DROP IDENTITY`, and uuids instead.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.tables import TenantTable, tenant_tables

SCOPE = tenant_tables
PLANES = ("rendered-sql", "live")
SEVERITY = Severity.MEDIUM
CLAUSES = ("isolation 22",)
BAD = """
CREATE SEQUENCE shop.order_numbers;
ALTER TABLE shop.orders ALTER number SET DEFAULT nextval('shop.order_numbers');
"""
GOOD = "ALTER TABLE shop.orders ALTER number SET DEFAULT 1;"


def check(table: TenantTable) -> Iterator[str]:
    for column in table.relation.columns:
        if column.is_identity or "nextval(" in (column.default or ""):
            yield f"column '{column.name}' is counted up across tenants"
