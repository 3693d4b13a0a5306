"""The guard against unprotected tables is in force.

What: an enabled event trigger on ddl_command_end, owned by the superuser, fires on CREATE TABLE; its function lies in
    the schema `guard`.
Why: it is what stops a migration that makes a tenant table and forgets row security, between two verifications.
Fix: `aqdata up --stack <stack>` renders the guard again; `ALTER EVENT TRIGGER guard_row_security ENABLE ALWAYS;`
"""

from collections.abc import Iterator

from policies.facts.routines import EventTrigger
from policies.rule import Severity
from policies.scopes.roles import GUARD_SCHEMA, SUPERUSER, Server, servers

SCOPE = servers
PLANES = ("rendered-sql", "live")
SEVERITY = Severity.HIGH
CLAUSES = ("isolation 1", "isolation 21")
BAD = "ALTER EVENT TRIGGER guard_row_security DISABLE;"
GOOD = "ALTER EVENT TRIGGER guard_row_security ENABLE ALWAYS;"


def check(server: Server) -> Iterator[str]:
    if not any(_guards(trigger) for trigger in server.catalog.event_triggers):
        yield "no enabled event trigger of the superuser guards CREATE TABLE"


def _guards(trigger: EventTrigger) -> bool:
    fires = not trigger.tags or "CREATE TABLE" in trigger.tags
    is_own = trigger.owner == SUPERUSER and trigger.function[0] == GUARD_SCHEMA
    return trigger.is_enabled and fires and is_own and trigger.event == "ddl_command_end"
