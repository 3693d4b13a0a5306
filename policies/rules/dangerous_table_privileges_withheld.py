"""No login has privileges that ignore row security.

What: TRUNCATE, REFERENCES, TRIGGER and MAINTAIN on a service's tables are granted to no login and not to PUBLIC.
Why: TRUNCATE empties the table for all tenants, REFERENCES probes for rows, TRIGGER runs code in others' sessions:
    policies apply to none of them.
Fix: `REVOKE TRUNCATE, REFERENCES, TRIGGER, MAINTAIN ON <table> FROM <role>;`
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.tables import ServiceRelation, service_tables

SCOPE = service_tables
PLANES = ("rendered-sql", "live")
SEVERITY = Severity.CRITICAL
CLAUSES = ("CIS PostgreSQL 4.5", "PCI DSS 7.2", "isolation 12")
BAD = "GRANT TRUNCATE ON shop.orders TO shop_app;"
GOOD = "GRANT DELETE ON shop.orders TO shop_app;"

_IGNORING_POLICIES = {"TRUNCATE", "REFERENCES", "TRIGGER", "MAINTAIN"}


def check(table: ServiceRelation) -> Iterator[str]:
    for grant in table.relation.acl:
        if grant.privilege in _IGNORING_POLICIES and grant.grantee != table.relation.owner:
            yield f"{grant.grantee} has {grant.privilege}"
