"""The tenant key has no default.

What: the tenant column has no default, unless it is the table's own identifier.
Why: a default files rows under a tenant that the writer never named.
Fix: `ALTER TABLE <table> ALTER <key> DROP DEFAULT;`
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.tables import TenantTable, tenant_tables

SCOPE = tenant_tables
PLANES = ("rendered-sql", "live")
SEVERITY = Severity.MEDIUM
CLAUSES = ("isolation 22",)
BAD = "ALTER TABLE shop.orders ALTER tenant_id SET DEFAULT '00000000-0000-0000-0000-000000000001';"
GOOD = "ALTER TABLE shop.orders ALTER country SET DEFAULT 'DE';"


def check(table: TenantTable) -> Iterator[str]:
    is_identifier = any(key.kind == "primary key" and key.columns == (table.key,) for key in table.relation.constraints)
    if table.column and table.column.default and not is_identifier:
        yield f"column '{table.key}' defaults to {table.column.default}"
