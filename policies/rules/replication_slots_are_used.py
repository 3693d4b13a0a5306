"""No replication slot is idle, and none is logical.

What: each persistent slot is active and physical.
Why: an idle slot keeps WAL until the disk is full; a logical one carries rows past the policies.
Fix: `SELECT pg_drop_replication_slot('<slot>');`
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.roles import Server, live_servers

SCOPE = live_servers
PLANES = ("live",)
SEVERITY = Severity.HIGH
CLAUSES = ("isolation 14", "seed: replication")
BAD = "SELECT pg_create_physical_replication_slot('forgotten');"
GOOD = "SELECT 1;"


def check(server: Server) -> Iterator[str]:
    for slot in server.catalog.replication_slots:
        if slot.kind == "logical":
            yield f"slot '{slot.name}' is logical"
        elif not slot.is_active:
            yield f"slot '{slot.name}' is idle"
