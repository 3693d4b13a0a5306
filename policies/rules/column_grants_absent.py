"""No privilege is granted on single columns.

What: no column of a service's tables has an ACL of its own.
Why: column grants survive a REVOKE on the table's declared form unseen, and no declaration has a place for them.
Fix: `REVOKE <privilege> (<column>) ON <table> FROM <role>;`
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.tables import ServiceRelation, service_relations

SCOPE = service_relations
PLANES = ("rendered-sql", "live")
SEVERITY = Severity.MEDIUM
CLAUSES = ("CIS PostgreSQL 4.5",)
BAD = "GRANT UPDATE (total) ON shop.orders TO shop_readonly;"
GOOD = "GRANT UPDATE ON shop.orders TO shop_app;"


def check(subject: ServiceRelation) -> Iterator[str]:
    for column in subject.relation.columns:
        for grant in column.acl:
            if grant.grantee != subject.relation.owner:
                yield f"{grant.grantee} has {grant.privilege} on column '{column.name}'"
