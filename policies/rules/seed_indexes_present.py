"""The indexes that the architecture names exist.

What: each of the seven indexes of the data architecture is there, valid, with its columns and predicate.
Why: they carry the application's frequent queries and the tenant condition of every statement.
Fix: create the index again with `CREATE INDEX CONCURRENTLY`.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.tables import DeclaredTable, declared_tables

SCOPE = declared_tables
PLANES = ("rendered-sql", "live")
SEVERITY = Severity.MEDIUM
CLAUSES = ("seed: indexes",)
BAD = "DROP INDEX shop.idx_events_starts_at;"
GOOD = "CREATE INDEX one_more ON shop.events (starts_at, tenant_id);"

_REQUIRED: dict[str, dict[str, tuple[str, ...]]] = {
    "events": {
        "idx_events_tenant_id": ("tenant_id",),
        "idx_events_status": ("status",),
        "idx_events_starts_at": ("starts_at",),
        "idx_events_tenant_status": ("tenant_id", "status"),
    },
    "registrations": {
        "idx_registrations_tenant_id": ("tenant_id",),
        "idx_registrations_event_id": ("event_id",),
        "idx_registrations_user_id": ("user_id",),
    },
}
_PARTIAL = ("idx_events_status",)


def check(table: DeclaredTable) -> Iterator[str]:
    present = {index.name: index for index in table.relation.indexes} if table.relation else {}
    for name, columns in _REQUIRED.get(table.name, {}).items():
        index = present.get(name)
        if index is None:
            yield f"index '{name}' is missing"
        elif index.columns != columns or not index.is_valid or (index.predicate is None) == (name in _PARTIAL):
            yield f"index '{name}' is not the declared one: {index.definition or index.columns}"
