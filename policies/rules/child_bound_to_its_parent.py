"""A child table's tenant is its parent's.

What: a table declared as child has a validated foreign key to its parent `of`, with both tenant keys in it.
Why: the child's own tenant column is a copy; only the composite key keeps it equal to the parent's.
Fix: `ALTER TABLE <child> ADD FOREIGN KEY (tenant_id, parent_id) REFERENCES <parent> (tenant_id, id);`
"""

from collections.abc import Iterator

from policies.facts.relations import Constraint
from policies.rule import Severity
from policies.scopes.tables import TenantTable, tenant_tables

SCOPE = tenant_tables
PLANES = ("rendered-sql", "live")
SEVERITY = Severity.CRITICAL
CLAUSES = ("isolation 11",)
BAD = "ALTER TABLE shop.order_lines DROP CONSTRAINT order_lines_order_fkey;"
GOOD = """
ALTER TABLE shop.order_lines DROP CONSTRAINT order_lines_order_fkey;
ALTER TABLE shop.order_lines ADD CONSTRAINT line_of_order
  FOREIGN KEY (tenant_id, order_id) REFERENCES shop.orders (tenant_id, id);
"""


def check(table: TenantTable) -> Iterator[str]:
    parent = table.declared.of
    if parent and not any(_binds(table, parent, key) for key in table.relation.constraints):
        yield f"no validated foreign key binds '{table.key}' to that of {parent}"


def _binds(table: TenantTable, parent: str, key: Constraint) -> bool:
    pairs = dict(zip(key.columns, key.referenced_columns, strict=False))
    is_parent = key.kind == "foreign key" and key.references == (table.service.schema_name, parent)
    return is_parent and key.is_validated and pairs.get(table.key) == table.service.tables[parent].key
