"""Every declared table exists.

What: each table under `tables:` of a service is in the service's schema.
Why: a table that is missing, or lies elsewhere, is checked by nobody, and an empty list of tables passes every check.
Fix: apply the service's changelog (`aqdata up`), or remove the table's line from infra/services.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.tables import DeclaredTable, declared_tables

SCOPE = declared_tables
PLANES = ("rendered-sql", "live")
SEVERITY = Severity.CRITICAL
CLAUSES = ("seed: data schemas",)
BAD = "DROP TABLE shop.countries;"
GOOD = "COMMENT ON TABLE shop.countries IS 'where orders go';"


def check(table: DeclaredTable) -> Iterator[str]:
    if table.relation is None:
        yield "is declared but does not exist"
    elif not table.relation.holds_rows:
        yield f"is declared as a table but is a {table.relation.kind}"
