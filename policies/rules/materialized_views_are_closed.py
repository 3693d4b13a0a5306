"""No login reads a materialised view.

What: no materialised view in a service's schema grants anything to a role other than its owner.
Why: it holds the rows of every tenant that its owner saw, and policies cannot be put on it.
Fix: `REVOKE ALL ON <view> FROM <role>;`
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.tables import ServiceRelation, materialized_views

SCOPE = materialized_views
PLANES = ("rendered-sql", "live")
SEVERITY = Severity.CRITICAL
CLAUSES = ("isolation 7", "splinter 0016")
BAD = """
CREATE MATERIALIZED VIEW shop.daily AS SELECT 1 AS day;
GRANT SELECT ON shop.daily TO shop_readonly;
"""
GOOD = "CREATE MATERIALIZED VIEW shop.daily AS SELECT 1 AS day;"


def check(view: ServiceRelation) -> Iterator[str]:
    for grant in view.relation.acl:
        if grant.grantee != view.relation.owner:
            yield f"{grant.grantee} has {grant.privilege}"
