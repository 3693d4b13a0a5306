"""An index leads with the tenant key.

What: each tenant table has a valid index without a predicate whose first column is the tenant key.
Why: every statement carries the policy's condition; without such an index each reads the rows of all tenants.
Fix: `CREATE INDEX ON <table> (<key>, ...);`
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.tables import TenantTable, tenant_tables

SCOPE = tenant_tables
PLANES = ("rendered-sql", "live")
SEVERITY = Severity.MEDIUM
CLAUSES = ("seed: indexes",)
BAD = "ALTER TABLE shop.notes DROP CONSTRAINT notes_tenant_id_id_key;"
GOOD = "CREATE INDEX notes_by_tenant ON shop.notes (tenant_id, body);"


def check(table: TenantTable) -> Iterator[str]:
    led = (index.columns[:1] for index in table.relation.indexes if index.is_valid and index.predicate is None)
    if (table.key,) not in led:
        yield f"no index leads with '{table.key}'"
