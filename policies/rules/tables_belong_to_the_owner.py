"""Everything in a service's schema belongs to the service's owner.

What: schema, tables, views and sequences of a service are owned by `<service>_owner`.
Why: an owner may drop policies and row security, so no login may own anything.
Fix: `ALTER TABLE <table> OWNER TO <service>_owner;`
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.tables import ServiceRelation, service_relations

SCOPE = service_relations
PLANES = ("rendered-sql", "live")
SEVERITY = Severity.CRITICAL
CLAUSES = ("CIS PostgreSQL 4.5", "isolation 2")
BAD = "ALTER TABLE shop.orders OWNER TO shop_app;"
GOOD = "ALTER TABLE shop.orders OWNER TO shop_owner;"


def check(subject: ServiceRelation) -> Iterator[str]:
    if subject.relation.owner != subject.service.owner:
        yield f"belongs to {subject.relation.owner}, not to {subject.service.owner}"
