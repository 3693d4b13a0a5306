"""A declared function is executable by the declared roles.

What: of a service's logins, exactly those under `executableBy:` may execute a declared function.
Why: it acts beyond its caller's rows, so who may call it is part of the declaration.
Fix: GRANT or REVOKE EXECUTE as declared; `aqdata up` applies it again.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.roles import MadeFunction, functions

SCOPE = functions
PLANES = ("rendered-sql", "live")
SEVERITY = Severity.HIGH
CLAUSES = ("CIS PostgreSQL 4.4", "PCI DSS 7.2", "isolation 8")
BAD = "GRANT EXECUTE ON FUNCTION shop.count_orders(uuid) TO shop_readonly;"
GOOD = "GRANT EXECUTE ON FUNCTION shop.count_orders(uuid) TO shop_app;"


def check(subject: MadeFunction) -> Iterator[str]:
    service, declared = subject.service, subject.declared
    if service is None or declared is None:
        return
    expected = {role for role in ("app", "readonly") if role in declared.executable_by}
    for role, name in (("app", service.app), ("readonly", service.readonly)):
        may = "EXECUTE" in subject.server.catalog.privileges(name, subject.function.acl)
        if may != (role in expected):
            yield f"{name} {'may' if may else 'may not'} execute it"
