"""No login deletes another tenant's rows.

What: on the running stack each login reaches its own row with DELETE, and no other with or without WHERE.
Why: DELETE without WHERE is not bound by the policies for SELECT.
Fix: give every policy of the table a USING that compares the tenant key.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.probes import Trial, trials

SCOPE = trials("delete")
PLANES = ("live",)
SEVERITY = Severity.CRITICAL
CLAUSES = ("isolation 5", "PCI DSS 7.2")
BAD = "CREATE POLICY ops ON shop.orders FOR DELETE TO shop_app USING (true);"
GOOD = "CREATE POLICY ops ON shop.orders AS RESTRICTIVE FOR DELETE TO shop_app USING (total > 0);"


def check(trial: Trial) -> Iterator[str]:
    yield from trial.leaks
    trial.require_evidence()
