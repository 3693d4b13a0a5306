"""No login inserts rows for another tenant.

What: on the running stack each login inserts a row of its own tenant, and is refused one of any other.
Why: a foreign row planted in a tenant's data is as bad as one read from it.
Fix: give every policy of the table a WITH CHECK that compares the tenant key.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.probes import Trial, trials

SCOPE = trials("insert")
PLANES = ("live",)
SEVERITY = Severity.CRITICAL
CLAUSES = ("isolation 3", "isolation 5", "PCI DSS 7.2")
BAD = "ALTER POLICY tenant_isolation ON shop.orders WITH CHECK (true);"
GOOD = "ALTER TABLE shop.orders ALTER total SET DEFAULT 1;"


def check(trial: Trial) -> Iterator[str]:
    yield from trial.leaks
    trial.require_evidence()
