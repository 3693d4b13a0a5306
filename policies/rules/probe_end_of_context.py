"""When the tenant context ends, no row is visible.

What: on the running stack, after a transaction-local tenant has ended and reads as an empty text, a login sees nothing.
Why: behind a transaction pooler the next client inherits whatever is left.
Fix: compare with `NULLIF(current_setting('app.tenant_id', true), '')::uuid`.
"""

from collections.abc import Iterator

from policies.facts.probes import Experiment
from policies.rule import Severity
from policies.scopes.probes import experiments, require_own_row

SCOPE = experiments("end of context")
PLANES = ("live",)
SEVERITY = Severity.CRITICAL
CLAUSES = ("isolation 17", "isolation 18")
BAD = """
ALTER POLICY tenant_isolation ON shop.notes
  USING (COALESCE(current_setting('app.tenant_id', true), '') IN ('', tenant_id::text));
"""
GOOD = "ALTER POLICY tenant_isolation ON shop.notes RENAME TO only_the_tenant;"


def check(experiment: Experiment) -> Iterator[str]:
    if experiment.leaked:
        yield f"{experiment.leaked} rows were visible after the tenant context had ended"
    require_own_row(experiment)
