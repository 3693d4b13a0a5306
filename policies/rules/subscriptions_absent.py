"""No logical subscription brings rows in.

What: the database has no subscription.
Why: it writes whatever another server sends, for any tenant, and keeps that server's password.
Fix: `DROP SUBSCRIPTION <subscription>;`
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.roles import Server, servers

SCOPE = servers
PLANES = ("live",)
SEVERITY = Severity.CRITICAL
CLAUSES = ("isolation 14", "CIS PostgreSQL 7.2")
BAD = (
    "CREATE SUBSCRIPTION inward CONNECTION 'host=elsewhere' PUBLICATION outward "
    "WITH (connect = false, slot_name = NONE, enabled = false, create_slot = false);"
)
GOOD = "SELECT count(*) FROM pg_subscription;"


def check(server: Server) -> Iterator[str]:
    for subscription in server.catalog.subscriptions:
        yield f"subscription '{subscription.name}' of {subscription.owner}"
