"""Triggers call functions of the service's own schema.

What: each trigger on a service's table calls a function in the same schema, owned by the service's owner.
Why: a trigger runs inside every writer's transaction and sees each row; whoever owns its function sees them too.
Fix: `DROP TRIGGER <trigger> ON <table>;` or move the function into the service's schema.
"""

from collections.abc import Iterator

from policies.facts.relations import Trigger
from policies.rule import Severity
from policies.scopes.tables import ServiceRelation, service_tables

SCOPE = service_tables
PLANES = ("rendered-sql", "live")
SEVERITY = Severity.HIGH
CLAUSES = ("isolation 8", "CIS PostgreSQL 4.4")
BAD = """
CREATE FUNCTION public.spy() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER spy AFTER INSERT ON shop.orders FOR EACH ROW EXECUTE FUNCTION public.spy();
"""
GOOD = "ALTER TABLE shop.orders DISABLE TRIGGER touch;"


def check(table: ServiceRelation) -> Iterator[str]:
    for trigger in table.relation.triggers:
        if not _is_own(table, trigger):
            yield f"trigger '{trigger.name}' calls {'.'.join(trigger.function)}"


def _is_own(table: ServiceRelation, trigger: Trigger) -> bool:
    owners = {
        function.owner for function in table.catalog.functions if (function.schema, function.name) == trigger.function
    }
    is_extension = not owners and trigger.function[0] != table.service.schema_name
    return is_extension or (trigger.function[0] == table.service.schema_name and owners == {table.service.owner})
