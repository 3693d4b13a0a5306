"""No login copies another tenant's rows out, and none copies rows in.

What: on the running stack COPY TO gives the context's own rows only, and COPY FROM is refused.
Why: exports and bulk loads take their own path through the server.
Fix: enable and force row security on the table: COPY FROM is refused as long as it is.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.probes import Trial, trials

SCOPE = trials("copy")
PLANES = ("live",)
SEVERITY = Severity.CRITICAL
CLAUSES = ("isolation 15", "PCI DSS 7.2")
BAD = "ALTER TABLE shop.orders NO FORCE ROW LEVEL SECURITY;"
GOOD = "GRANT SELECT ON shop.countries TO shop_readonly;"


def check(trial: Trial) -> Iterator[str]:
    yield from trial.leaks
    trial.require_evidence()
