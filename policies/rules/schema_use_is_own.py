"""Only a service's own logins and the verifier use its schema.

What: USAGE on a service's schema is granted to its own roles and to the verifier, not to PUBLIC or other services.
Why: schemas on one server are the wall between services; USAGE is its door.
Fix: `REVOKE USAGE ON SCHEMA <schema> FROM <role>;`
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.roles import ServiceSchema, service_schemas

SCOPE = service_schemas
PLANES = ("rendered-sql", "live")
SEVERITY = Severity.HIGH
CLAUSES = ("CIS PostgreSQL 4.10", "seed: schema per service")
BAD = "GRANT USAGE ON SCHEMA shop TO PUBLIC;"
GOOD = "GRANT USAGE ON SCHEMA shop TO shop_readonly;"


def check(subject: ServiceSchema) -> Iterator[str]:
    service = subject.service
    own = {service.owner, *service.logins, "verifier", "postgres"}
    for grant in subject.schema.acl:
        if grant.privilege == "USAGE" and grant.grantee not in own:
            yield f"{grant.grantee} may use it"
