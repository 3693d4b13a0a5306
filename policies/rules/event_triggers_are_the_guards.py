"""There is no event trigger but the guard's.

What: every event trigger calls a function of the schema `guard`, extensions' own apart.
Why: an event trigger runs with every DDL statement, the superuser's included.
Fix: `DROP EVENT TRIGGER <trigger>;`
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.roles import GUARD_SCHEMA, Server, servers

SCOPE = servers
PLANES = ("rendered-sql", "live")
SEVERITY = Severity.HIGH
CLAUSES = ("CIS PostgreSQL 4.4",)
BAD = """
CREATE FUNCTION shop.listen() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE EVENT TRIGGER listener ON ddl_command_start EXECUTE FUNCTION shop.listen();
"""
GOOD = "ALTER EVENT TRIGGER guard_row_security ENABLE;"


def check(server: Server) -> Iterator[str]:
    for trigger in server.catalog.event_triggers:
        if trigger.function[0] != GUARD_SCHEMA:
            yield f"event trigger '{trigger.name}' calls {'.'.join(trigger.function)}"
