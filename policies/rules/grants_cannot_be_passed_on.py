"""No login may pass a privilege on.

What: no grant in a service's schema carries WITH GRANT OPTION.
Why: who may pass privileges on decides about access in the owner's place.
Fix: `REVOKE GRANT OPTION FOR <privilege> ON <relation> FROM <role>;`
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.tables import ServiceRelation, service_relations

SCOPE = service_relations
PLANES = ("rendered-sql", "live")
SEVERITY = Severity.HIGH
CLAUSES = ("CIS PostgreSQL 4.5", "PCI DSS 7.2")
BAD = "GRANT SELECT ON shop.orders TO shop_app WITH GRANT OPTION;"
GOOD = "GRANT SELECT ON shop.orders TO shop_app;"


def check(subject: ServiceRelation) -> Iterator[str]:
    for grant in subject.relation.acl:
        if grant.grantable and grant.grantee != subject.relation.owner:
            yield f"{grant.grantee} may grant {grant.privilege} to others"
