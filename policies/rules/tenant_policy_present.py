"""Every tenant table has a permissive policy for each command.

What: SELECT, INSERT, UPDATE and DELETE are each covered by at least one permissive policy.
Why: without one the table is closed to everybody, and the next repair is usually to switch row security off.
Fix: create the policy with the macro `tenant_isolation`.
"""

from collections.abc import Iterator

from policies.facts.relations import PolicyCommand
from policies.rule import Severity
from policies.scopes.tables import TenantTable, tenant_tables

SCOPE = tenant_tables
PLANES = ("rendered-sql", "live")
SEVERITY = Severity.HIGH
CLAUSES = ("CIS PostgreSQL 4.7", "isolation 5", "splinter 0008")
BAD = "DROP POLICY tenant_isolation ON shop.orders;"
GOOD = "ALTER POLICY tenant_isolation ON shop.orders RENAME TO only_the_tenant;"

_COMMANDS: tuple[PolicyCommand, ...] = ("select", "insert", "update", "delete")


def check(table: TenantTable) -> Iterator[str]:
    covered = {policy.command for policy in table.relation.policies if policy.is_permissive}
    for command in _COMMANDS:
        if "all" not in covered and command not in covered:
            yield f"no permissive policy covers {command}"
