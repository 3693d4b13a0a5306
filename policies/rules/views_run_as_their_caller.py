"""Views run with their caller's rights.

What: every view in a service's schema that a login may read is `security_invoker`.
Why: any other view reads its tables as its owner, so that its owner's policies apply and not the caller's.
Fix: `ALTER VIEW <view> SET (security_invoker = true);`
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.tables import ServiceRelation, views

SCOPE = views
PLANES = ("rendered-sql", "live")
SEVERITY = Severity.CRITICAL
CLAUSES = ("isolation 6", "splinter 0010")
BAD = """
CREATE VIEW shop.totals AS SELECT tenant_id, total FROM shop.orders;
ALTER VIEW shop.totals OWNER TO shop_owner;
GRANT SELECT ON shop.totals TO shop_app;
"""
GOOD = """
CREATE VIEW shop.totals WITH (security_invoker = true) AS SELECT tenant_id, total FROM shop.orders;
ALTER VIEW shop.totals OWNER TO shop_owner;
GRANT SELECT ON shop.totals TO shop_app;
"""


def check(view: ServiceRelation) -> Iterator[str]:
    others = {grant.grantee for grant in view.relation.acl} - {view.relation.owner}
    if others and not view.relation.is_security_invoker:
        yield f"runs as {view.relation.owner} for {', '.join(sorted(others))}"
