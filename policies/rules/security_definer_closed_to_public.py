"""No SECURITY DEFINER function can be executed by everybody.

What: EXECUTE on each is granted to declared roles only, never to PUBLIC.
Why: PostgreSQL grants it to PUBLIC unless it is revoked.
Fix: `REVOKE EXECUTE ON FUNCTION <function> FROM PUBLIC;`
"""

from collections.abc import Iterator

from policies.facts.access import PUBLIC
from policies.rule import Severity
from policies.scopes.roles import MadeFunction, functions

SCOPE = functions
PLANES = ("rendered-sql", "live")
SEVERITY = Severity.CRITICAL
CLAUSES = ("CIS PostgreSQL 4.4", "isolation 8")
BAD = "GRANT EXECUTE ON FUNCTION shop.count_orders(uuid) TO PUBLIC;"
GOOD = "GRANT EXECUTE ON FUNCTION shop.count_orders(uuid) TO shop_app;"


def check(subject: MadeFunction) -> Iterator[str]:
    grantees = {grant.grantee for grant in subject.function.acl}
    if subject.function.is_security_definer and PUBLIC in grantees:
        yield "is SECURITY DEFINER and executable by PUBLIC"
