"""No login does with a tenant table what its service did not grant it.

What: on the running stack a login whose declared grants lack a command is refused it, even on its own tenant's rows.
Why: a report login that can write, or a service that can delete what it may only append to, is found here and not in
    an incident.
Fix: `REVOKE <command> ON <table> FROM <role>;` or declare the grant under `grants:`.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.probes import AccessTrial, access_trials

SCOPE = access_trials
PLANES = ("live",)
SEVERITY = Severity.HIGH
CLAUSES = ("CIS PostgreSQL 4.5", "PCI DSS 7.2")
BAD = "GRANT DELETE ON shop.notes TO shop_readonly;"
GOOD = "GRANT SELECT ON shop.notes TO shop_readonly;"


def check(trial: AccessTrial) -> Iterator[str]:
    for command in trial.exceeded:
        yield f"{command} is not granted by the intent, and the server did not refuse it"
