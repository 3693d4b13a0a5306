"""The readonly login starts read-only transactions.

What: `default_transaction_read_only` is on for each service's readonly login.
Why: a second, independent lock beside its missing grants, and what lets it work on replicas unchanged.
Fix: `ALTER ROLE <service>_readonly SET default_transaction_read_only = on;`
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.roles import ServerRole, logins

SCOPE = logins
PLANES = ("rendered-sql", "live")
SEVERITY = Severity.LOW
CLAUSES = ("PCI DSS 7.2",)
BAD = "ALTER ROLE shop_readonly RESET default_transaction_read_only;"
GOOD = "ALTER ROLE shop_readonly SET default_transaction_read_only = on;"


def check(subject: ServerRole) -> Iterator[str]:
    service = subject.service
    if service and subject.role.name == service.readonly:
        own = {each.name: each.value for each in subject.catalog.role_settings if each.role == service.readonly}
        if own.get("default_transaction_read_only") != "on":
            yield "starts transactions that may write"
