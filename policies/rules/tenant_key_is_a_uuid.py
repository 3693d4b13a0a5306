"""The tenant key is a uuid.

What: the tenant column has type uuid.
Why: the policy casts the setting to uuid, so that anything malformed raises; consecutive numbers can be guessed.
Fix: add a uuid column, fill it, and change over in additive steps.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.tables import TenantTable, tenant_tables

SCOPE = tenant_tables
PLANES = ("rendered-sql", "live")
SEVERITY = Severity.MEDIUM
CLAUSES = ("isolation 22", "seed: data schemas")
BAD = """
DROP POLICY tenant_isolation ON shop.notes;
ALTER TABLE shop.notes DROP CONSTRAINT notes_tenant_id_id_key, ALTER tenant_id TYPE text;
"""
GOOD = "ALTER TABLE shop.notes ALTER body TYPE varchar(500);"


def check(table: TenantTable) -> Iterator[str]:
    if table.column and table.column.type != "uuid":
        yield f"column '{table.key}' is {table.column.type}"
