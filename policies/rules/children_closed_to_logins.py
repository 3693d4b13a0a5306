"""No login can read partitions or inheritance children directly.

What: no partition, chunk or inheriting table below a declared table grants anything to anybody but its owner; below a
    global table, nothing that the table itself does not grant.
Why: policies of the parent apply to queries through the parent only. A global table has none to go around, and
    TimescaleDB gives each chunk its hypertable's privileges.
Fix: `REVOKE ALL ON <child> FROM <role>;`
"""

from collections.abc import Iterator

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
    if table.relation is None:
        return
    granted = () if table.declared.is_tenant_scoped else table.relation.acl
    shared = {(grant.grantee, grant.privilege) for grant in granted}
    for child in table.catalog.descendants_of(table.relation):
        for grant in child.acl:
            if grant.grantee != child.owner and (grant.grantee, grant.privilege) not in shared:
                yield f"{child.qualified_name} grants {grant.privilege} to {grant.grantee}"
