"""No service has foreign tables.

What: no service's schema holds a foreign table.
Why: row security of this server does not reach rows that lie on another one.
Fix: drop it; services exchange rows over their interfaces.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.tables import ServiceRelation, foreign_tables

SCOPE = foreign_tables
PLANES = ("rendered-sql", "live")
SEVERITY = Severity.HIGH
CLAUSES = ("splinter 0017",)
BAD = """
CREATE EXTENSION file_fdw SCHEMA extensions;
CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
CREATE FOREIGN TABLE shop.mirror (id uuid) SERVER files OPTIONS (filename '/dev/null');
"""
GOOD = "CREATE EXTENSION file_fdw SCHEMA extensions;"


def check(table: ServiceRelation) -> Iterator[str]:
    yield f"{table.relation.name} is a foreign table"
