"""No login may create objects in a service's schema.

What: no login has CREATE on a service's schema, by grant, membership or PUBLIC.
Why: who may create functions and tables there can shadow the ones that others call.
Fix: `REVOKE CREATE ON SCHEMA <schema> FROM <role>;`
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.roles import ServiceSchema, service_schemas

SCOPE = service_schemas
PLANES = ("rendered-sql", "live")
SEVERITY = Severity.HIGH
CLAUSES = ("CIS PostgreSQL 4.10", "isolation 20")
BAD = "GRANT CREATE ON SCHEMA shop TO shop_app;"
GOOD = "GRANT USAGE ON SCHEMA shop TO shop_app;"


def check(subject: ServiceSchema) -> Iterator[str]:
    for login in subject.server.logins:
        if "CREATE" in subject.server.catalog.privileges(login, subject.schema.acl):
            yield f"{login} may create objects"
