"""Nobody changes what a cast means.

What: the database has no cast that somebody made, extensions' own apart.
Why: a policy prints the same with it as with PostgreSQL's own cast, and every reader of the policy is deceived.
Fix: `DROP CAST (<source> AS <target>);`, then make the policies that used it anew.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.roles import Server, servers

SCOPE = servers
PLANES = ("live",)
SEVERITY = Severity.HIGH
CLAUSES = ("isolation 8", "isolation 20")
BAD = (
    "CREATE FUNCTION shop.anyone(uuid) RETURNS text LANGUAGE sql AS $$SELECT current_setting('app.tenant_id')$$; "
    "CREATE CAST (uuid AS text) WITH FUNCTION shop.anyone(uuid);"
)
GOOD = "SELECT CAST('550e8400-e29b-41d4-a716-446655440000' AS uuid);"


def check(server: Server) -> Iterator[str]:
    for made in server.catalog.casts:
        yield f"somebody made a cast of {made.source} to {made.target}"
