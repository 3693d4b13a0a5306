"""Foreign keys between tenant tables carry the tenant key.

What: a foreign key from one tenant table to another has the tenant key on both sides.
Why: PostgreSQL checks foreign keys without row security, so a plain one lets a tenant's row point at another tenant's.
Fix: reference `(tenant_id, id)` from `(tenant_id, parent_id)`.
"""

from collections.abc import Iterator

from policies.facts.relations import Constraint
from policies.rule import Severity
from policies.scopes.tables import TenantTable, tenant_tables

SCOPE = tenant_tables
PLANES = ("rendered-sql", "live")
SEVERITY = Severity.CRITICAL
CLAUSES = ("isolation 11",)
BAD = """
ALTER TABLE shop.order_lines ADD COLUMN replaces uuid
  CONSTRAINT order_lines_replaces_fkey REFERENCES shop.orders (id);
"""
GOOD = """
ALTER TABLE shop.order_lines ADD COLUMN replaces uuid,
  ADD CONSTRAINT order_lines_replaces_fkey FOREIGN KEY (tenant_id, replaces) REFERENCES shop.orders (tenant_id, id);
"""


def check(table: TenantTable) -> Iterator[str]:
    for key in table.relation.constraints:
        is_between_tenants = key.references is not None and table.is_tenant_scoped(key.references)
        if is_between_tenants and not _carries_tenant(table, key):
            yield f"foreign key '{key.name}' to {'.'.join(key.references or ())} does not carry the tenant"


def _carries_tenant(table: TenantTable, key: Constraint) -> bool:
    parent = table.service.tables[key.references[1]] if key.references else None
    pairs = list(zip(key.columns, key.referenced_columns, strict=True))
    return parent is not None and parent.key is not None and (table.key, parent.key) in pairs
