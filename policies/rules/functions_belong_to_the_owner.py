"""A service's functions belong to the service's owner.

What: each function in a service's schema is owned by `<service>_owner`.
Why: a function's owner may replace its body, and a SECURITY DEFINER one acts as its owner.
Fix: `ALTER FUNCTION <function> OWNER TO <service>_owner;`
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.roles import MadeFunction, functions

SCOPE = functions
PLANES = ("rendered-sql", "live")
SEVERITY = Severity.CRITICAL
CLAUSES = ("CIS PostgreSQL 4.4", "isolation 8")
BAD = "ALTER FUNCTION shop.count_orders(uuid) OWNER TO postgres;"
GOOD = "ALTER FUNCTION shop.count_orders(uuid) OWNER TO shop_owner;"


def check(subject: MadeFunction) -> Iterator[str]:
    service = subject.service
    if service and subject.function.owner != service.owner:
        yield f"belongs to {subject.function.owner}, not to {service.owner}"
