"""No tenant table is a hypertable.

What: a table that TimescaleDB splits into chunks is declared global.
Why: row security does not reach the chunks, and everybody may use the schema that they lie in.
Fix: declare the table global if its rows have no tenant, or keep it an ordinary table.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.tables import TenantTable, tenant_tables

SCOPE = tenant_tables
PLANES = ("rendered-sql", "live")
SEVERITY = Severity.CRITICAL
CLAUSES = ("isolation 23",)
BAD = "SELECT extensions.create_hypertable('shop.journal', extensions.by_range('at'));"
GOOD = "CREATE INDEX ON shop.journal (at);"


def check(table: TenantTable) -> Iterator[str]:
    if table.relation.is_hypertable:
        yield "is a hypertable, whose chunks no policy protects"
