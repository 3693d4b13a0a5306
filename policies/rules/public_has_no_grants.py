"""PUBLIC has nothing in a service's schema.

What: no relation in a service's schema grants anything to PUBLIC.
Why: PUBLIC is every role there is and will be, other services' logins on the same server included.
Fix: `REVOKE ALL ON <relation> FROM PUBLIC;`
"""

from collections.abc import Iterator

from policies.facts.access import PUBLIC
from policies.rule import Severity
from policies.scopes.tables import ServiceRelation, service_relations

SCOPE = service_relations
PLANES = ("rendered-sql", "live")
SEVERITY = Severity.HIGH
CLAUSES = ("CIS PostgreSQL 4.5", "isolation 21")
BAD = "GRANT SELECT ON shop.countries TO PUBLIC;"
GOOD = "REVOKE ALL ON shop.countries FROM PUBLIC;"


def check(subject: ServiceRelation) -> Iterator[str]:
    for grant in subject.relation.acl:
        if grant.grantee == PUBLIC:
            yield f"PUBLIC has {grant.privilege}"
