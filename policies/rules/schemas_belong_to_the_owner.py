"""A service's schema belongs to the service's owner.

What: each service's schema is owned by `<service>_owner`.
Why: the schema's owner may drop every table in it, whoever owns the tables.
Fix: `ALTER SCHEMA <schema> OWNER TO <service>_owner;`
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.roles import ServiceSchema, service_schemas

SCOPE = service_schemas
PLANES = ("rendered-sql", "live")
SEVERITY = Severity.HIGH
CLAUSES = ("CIS PostgreSQL 4.5", "seed: schema per service")
BAD = "ALTER SCHEMA shop OWNER TO shop_app;"
GOOD = "ALTER SCHEMA shop OWNER TO shop_owner;"


def check(subject: ServiceSchema) -> Iterator[str]:
    if subject.schema.owner != subject.service.owner:
        yield f"belongs to {subject.schema.owner}, not to {subject.service.owner}"
