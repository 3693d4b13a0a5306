"""Logins have exactly the declared privileges on a service's tables.

What: app and readonly may SELECT, INSERT, UPDATE and DELETE on each declared table just as `grants:` says, counting
    memberships and PUBLIC.
Why: a privilege too many is a risk that nobody chose; one too few breaks the service.
Fix: GRANT or REVOKE as the changeset `9100_privileges` does; `aqdata up` applies it again.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.tables import DeclaredTable, declared_tables

SCOPE = declared_tables
PLANES = ("rendered-sql", "live")
SEVERITY = Severity.HIGH
CLAUSES = ("CIS PostgreSQL 4.5", "PCI DSS 7.2")
BAD = "GRANT INSERT ON shop.countries TO shop_readonly;"
GOOD = "GRANT SELECT ON shop.countries TO shop_readonly;"

_ROWS = {"SELECT", "INSERT", "UPDATE", "DELETE"}


def check(table: DeclaredTable) -> Iterator[str]:
    granted = {table.service.app: table.declared.grants.app, table.service.readonly: table.declared.grants.readonly}
    for role, privileges in granted.items() if table.relation else ():
        declared = {privilege.upper() for privilege in privileges}
        actual = table.catalog.privileges(role, table.relation.acl) & _ROWS if table.relation else set()
        if actual - declared:
            yield f"{role} also has {', '.join(sorted(actual - declared))}"
        if declared - actual:
            yield f"{role} lacks {', '.join(sorted(declared - actual))}"
