"""Every SECURITY DEFINER function fixes its search path.

What: each has a SET search_path that is empty or holds no schema that a login may create in.
Why: otherwise the caller's path decides which table or operator its body means.
Fix: `ALTER FUNCTION <function> SET search_path = '';` and qualify the names in it.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.roles import MadeFunction, functions

SCOPE = functions
PLANES = ("rendered-sql", "live")
SEVERITY = Severity.CRITICAL
CLAUSES = ("CIS PostgreSQL 4.4", "isolation 8", "splinter 0011")
BAD = "ALTER FUNCTION shop.count_orders(uuid) RESET search_path;"
GOOD = "ALTER FUNCTION shop.count_orders(uuid) SET search_path = pg_catalog, pg_temp;"

_OPEN = {"public", "$user"}


def check(subject: MadeFunction) -> Iterator[str]:
    function = subject.function
    if not function.is_security_definer:
        return
    if function.search_path is None:
        yield "has no fixed search_path"
        return
    parts = [part.strip().strip('"') for part in function.search_path.split(",")]
    for schema in _OPEN & set(parts):
        yield f"search_path '{function.search_path}' has {schema} in it"
