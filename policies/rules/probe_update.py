"""No login updates another tenant's rows or moves its own to another tenant.

What: on the running stack each login changes its own row, reaches no other with or without WHERE, and cannot set
    another tenant's key.
Why: UPDATE without WHERE is not bound by the policies for SELECT, so a table can hide its rows and still lose them.
Fix: give every policy of the table a USING and a WITH CHECK that compare the tenant key.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.probes import Trial, trials

SCOPE = trials("update")
PLANES = ("live",)
SEVERITY = Severity.CRITICAL
CLAUSES = ("isolation 3", "isolation 5", "PCI DSS 7.2")
BAD = "CREATE POLICY ops ON shop.orders FOR UPDATE TO shop_app USING (true) WITH CHECK (true);"
GOOD = "CREATE POLICY ops ON shop.orders AS RESTRICTIVE FOR UPDATE TO shop_app USING (total > 0);"


def check(trial: Trial) -> Iterator[str]:
    yield from trial.leaks
    trial.require_evidence()
