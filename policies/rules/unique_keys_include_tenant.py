"""Unique keys of tenant tables include the tenant key or are declared.

What: each primary key, unique constraint and unique index of a tenant table has the tenant key among its columns,
    stands under `globalKeys:` with a reason, or is a primary key on one uuid column that fills itself.
Why: a key over all tenants answers "does this value exist somewhere?" to whoever may insert: error 23505 crosses
    tenants although the rows do not. Random uuids tell nothing that could be guessed.
Fix: put the tenant key into the constraint, or declare it under `globalKeys:` with its reason.
"""

from collections.abc import Iterator

from policies.facts.relations import Index
from policies.rule import Severity
from policies.scopes.tables import TenantTable, tenant_tables

SCOPE = tenant_tables
PLANES = ("rendered-sql", "live")
SEVERITY = Severity.HIGH
CLAUSES = ("isolation 10",)
BAD = "CREATE UNIQUE INDEX orders_number ON shop.orders (number);"
GOOD = "CREATE UNIQUE INDEX orders_number ON shop.orders (tenant_id, number);"


def check(table: TenantTable) -> Iterator[str]:
    for index in table.relation.indexes:
        is_accepted = index.name in table.declared.global_keys or _is_random_identifier(table, index)
        if index.is_unique and table.key not in index.columns and not is_accepted:
            yield f"unique index '{index.name}' ({', '.join(index.columns)}) spans tenants"


def _is_random_identifier(table: TenantTable, index: Index) -> bool:
    column = table.relation.column(index.columns[0])
    is_single = index.is_primary and len(index.columns) == 1
    return is_single and column is not None and column.type == "uuid" and "random_uuid" in (column.default or "")
