"""The guard judges the tables that it notes.

What: `guard.changed_table`, into which the event trigger writes, has an enabled constraint trigger that fires on each
    INSERT, is deferred to the commit and calls a function in the schema `guard`.
Why: the event trigger only takes notes; without this one a tenant table without row security is committed all the same.
Fix: `ALTER TABLE guard.changed_table ENABLE TRIGGER require_row_security;` or `aqdata up --stack <stack>`.
"""

from collections.abc import Iterator

from policies.facts.relations import Trigger
from policies.rule import Severity
from policies.scopes.roles import GUARD_SCHEMA, SUPERUSER, Server, servers

SCOPE = servers
PLANES = ("rendered-sql", "live")
SEVERITY = Severity.HIGH
CLAUSES = ("isolation 1", "isolation 21")
BAD = "ALTER TABLE guard.changed_table DISABLE TRIGGER require_row_security;"
GOOD = "ALTER TABLE guard.changed_table ENABLE ALWAYS TRIGGER require_row_security;"

_NOTES = "changed_table"
_ENABLED = ("O", "A")
"""As `pg_trigger.tgenabled` spells it: fires for users' statements, or always."""


def check(server: Server) -> Iterator[str]:
    notes = server.catalog.relation(GUARD_SCHEMA, _NOTES)
    if notes is None or notes.owner != SUPERUSER:
        yield f"there is no table {GUARD_SCHEMA}.{_NOTES} of the superuser"
    elif not any(map(_judges, notes.triggers)):
        yield f"no enabled constraint trigger on {GUARD_SCHEMA}.{_NOTES} judges what is noted there"


def _judges(trigger: Trigger) -> bool:
    text = trigger.definition.upper()
    is_deferred = "AFTER INSERT" in text and "CONSTRAINT TRIGGER" in text and "INITIALLY DEFERRED" in text
    return (
        trigger.enabled in _ENABLED and trigger.function[0] == GUARD_SCHEMA and "AFTER INSERT" in text and is_deferred
    )
