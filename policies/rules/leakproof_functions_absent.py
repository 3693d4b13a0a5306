"""No function that somebody made is LEAKPROOF.

What: no function outside PostgreSQL and its extensions is marked LEAKPROOF.
Why: PostgreSQL may call a leakproof function on rows before the policy has filtered them.
Fix: `ALTER FUNCTION <function> NOT LEAKPROOF;`
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.roles import MadeFunction, functions

SCOPE = functions
PLANES = ("rendered-sql", "live")
SEVERITY = Severity.CRITICAL
CLAUSES = ("isolation 9",)
BAD = "CREATE FUNCTION shop.seen(uuid) RETURNS boolean LANGUAGE sql LEAKPROOF AS 'SELECT true';"
GOOD = "CREATE FUNCTION shop.seen(uuid) RETURNS boolean LANGUAGE sql AS 'SELECT true';"


def check(subject: MadeFunction) -> Iterator[str]:
    if subject.function.is_leakproof:
        yield "is LEAKPROOF"
