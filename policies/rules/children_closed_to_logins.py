"""No login can read partitions or inheritance children directly.

What: no partition, chunk or inheriting table below a declared table grants anything to a service's login or to PUBLIC.
Why: policies of the parent apply to queries through the parent only.
Fix: `REVOKE ALL ON <child> FROM <role>;`
"""

from collections.abc import Iterator

from policies.facts.access import PUBLIC
from policies.rule import Severity
from policies.scopes.tables import DeclaredTable, declared_tables

SCOPE = declared_tables
PLANES = ("rendered-sql", "live")
SEVERITY = Severity.CRITICAL
CLAUSES = ("isolation 13", "isolation 23")
BAD = """
CREATE TABLE shop.orders_old () INHERITS (shop.orders);
GRANT SELECT ON shop.orders_old TO shop_readonly;
"""
GOOD = """
CREATE TABLE shop.orders_old () INHERITS (shop.orders);
ALTER TABLE shop.orders_old OWNER TO shop_owner;
"""


def check(table: DeclaredTable) -> Iterator[str]:
    closed_to = {PUBLIC, *table.service.logins}
    for child in table.catalog.descendants_of(table.relation) if table.relation else ():
        for grant in child.acl:
            if grant.grantee in closed_to:
                yield f"{child.qualified_name} grants {grant.privilege} to {grant.grantee}"
