"""Every SECURITY DEFINER function is declared with a reason.

What: each function with SECURITY DEFINER in a service's schema stands under the service's `functions:` with the same
    signature; elsewhere there is none but the guard's and the signed tenant context's.
Why: it acts with its owner's rights for whoever calls it, so each one is a door that somebody has to have wanted.
Fix: `ALTER FUNCTION <function> SECURITY INVOKER;` or declare it with its reason.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.roles import GUARD_SCHEMA, MadeFunction, functions

SCOPE = functions
PLANES = ("rendered-sql", "live")
SEVERITY = Severity.CRITICAL
CLAUSES = ("CIS PostgreSQL 4.4", "isolation 8", "splinter 0010")
BAD = "CREATE FUNCTION shop.all_orders() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT 1::bigint';"
GOOD = "CREATE FUNCTION shop.one() RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint';"


def check(subject: MadeFunction) -> Iterator[str]:
    is_guards = subject.function.schema == GUARD_SCHEMA
    is_known = subject.declared is not None or is_guards or subject.is_of_the_context
    if subject.function.is_security_definer and not is_known:
        yield "is SECURITY DEFINER and not declared"
