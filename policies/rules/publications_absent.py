"""No logical publication carries rows away.

What: the database has no publication.
Why: a subscriber reads published tables without row security.
Fix: `DROP PUBLICATION <publication>;`
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.roles import Server, servers

SCOPE = servers
PLANES = ("rendered-sql", "live")
SEVERITY = Severity.CRITICAL
CLAUSES = ("isolation 14", "CIS PostgreSQL 7.2")
BAD = "CREATE PUBLICATION outward FOR TABLE shop.orders;"
GOOD = "COMMENT ON TABLE shop.orders IS 'stays here';"


def check(server: Server) -> Iterator[str]:
    for publication in server.catalog.publications:
        what = "all tables" if publication.all_tables else ", ".join(".".join(name) for name in publication.tables)
        yield f"publication '{publication.name}' publishes {what}"
