"""Functions lie in the services' schemas.

What: no function lies outside the services' schemas, the guard's and, where it is signed, the tenant
    context's; extensions apart.
Why: a function in `public` or in a schema that nobody declared is on somebody's search path and in nobody's review.
Fix: `DROP FUNCTION <function>;` or `ALTER FUNCTION <function> SET SCHEMA <schema>;`
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.roles import GUARD_SCHEMA, MadeFunction, functions

SCOPE = functions
PLANES = ("rendered-sql", "live")
SEVERITY = Severity.MEDIUM
CLAUSES = ("CIS PostgreSQL 4.10", "isolation 20")
BAD = "CREATE FUNCTION public.one() RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint';"
GOOD = "CREATE FUNCTION shop.one() RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint';"


def check(subject: MadeFunction) -> Iterator[str]:
    if subject.service is None and subject.function.schema != GUARD_SCHEMA and not subject.is_of_the_context:
        yield f"lies in schema {subject.function.schema}"
