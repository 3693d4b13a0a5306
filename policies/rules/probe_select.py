"""No login selects another tenant's rows.

What: on the running stack each login sees its own tenant's canary, and nothing else in the contexts unset, empty, own,
    other and malformed.
Why: this is the promise to the customer, tried the way an application would break it.
Fix: see the findings about the table's policies and its owner; `aqdata explain tenant_policy_filters_rows`.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.probes import Trial, trials

SCOPE = trials("select")
PLANES = ("live",)
SEVERITY = Severity.CRITICAL
CLAUSES = ("isolation 5", "isolation 17", "PCI DSS 7.2", "seed: row level security")
BAD = "CREATE POLICY ops ON shop.orders FOR SELECT TO shop_app USING (true);"
GOOD = "ALTER POLICY tenant_isolation ON shop.orders RENAME TO only_the_tenant;"


def check(trial: Trial) -> Iterator[str]:
    yield from trial.leaks
    trial.require_evidence()
