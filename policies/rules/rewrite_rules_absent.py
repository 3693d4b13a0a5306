"""No table has rewrite rules.

What: no relation in a service's schema has a rule beside a view's own.
Why: a rule replaces statements by others that run with its owner's privileges.
Fix: `DROP RULE <rule> ON <table>;`
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.tables import ServiceRelation, service_relations

SCOPE = service_relations
PLANES = ("rendered-sql", "live")
SEVERITY = Severity.HIGH
CLAUSES = ("isolation 8",)
BAD = "CREATE RULE keep AS ON DELETE TO shop.orders DO INSTEAD NOTHING;"
GOOD = "COMMENT ON TABLE shop.orders IS 'what was bought';"


def check(relation: ServiceRelation) -> Iterator[str]:
    for rule in relation.relation.rules:
        yield f"rule '{rule.name}' rewrites statements"
