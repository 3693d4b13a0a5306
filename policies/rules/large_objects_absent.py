"""There are no large objects.

What: the database holds no large object.
Why: they lie outside every table, so no policy and no tenant key protects them.
Fix: `SELECT lo_unlink(oid) FROM pg_largeobject_metadata;` after moving the content to the object store.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.roles import Server, servers

SCOPE = servers
PLANES = ("live",)
SEVERITY = Severity.HIGH
CLAUSES = ("isolation 15",)
BAD = "SELECT lo_create(0);"
GOOD = "SELECT 1;"


def check(server: Server) -> Iterator[str]:
    if server.catalog.large_objects:
        yield f"holds {server.catalog.large_objects} large objects"
