"""Every table of a service is declared.

What: each table in a service's schema stands under `tables:` with its tenancy; Liquibase's own two are exempt.
Why: an undeclared table has no declared tenancy, so nothing says whose rows it holds and no probe tries it.
Fix: declare it in infra/services/<service>.yaml, or drop it with a changeset.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.tables import ServiceRelation, service_tables

SCOPE = service_tables
PLANES = ("rendered-sql", "live")
SEVERITY = Severity.HIGH
CLAUSES = ("CIS PostgreSQL 4.7", "PCI DSS 2.2.1", "isolation 1")
BAD = "CREATE TABLE shop.later (tenant_id uuid);"
GOOD = "CREATE TABLE shop.databasechangelog (id text);"


def check(table: ServiceRelation) -> Iterator[str]:
    is_known = table.declared or table.is_bookkeeping or table.relation.parents
    if not is_known:
        yield f"is not declared in infra/services/{table.service.name}.yaml"
