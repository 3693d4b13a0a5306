"""No way in takes a login with a wrong password.

What: on the running stack a login that the pooler, or the address that only reads, takes with its password is refused
    there with another one.
Why: a pooler logs in at the server by itself: whoever it believes is that login, whatever `pg_hba.conf` asks for.
Fix: `aqdata up` restores `pool_hba.conf`; `hostssl <database> all all scram-sha-256` is all that belongs there.
"""

from collections.abc import Iterator

from policies.facts.probes import Experiment
from policies.rule import Severity
from policies.scopes.probes import experiments, require_own_row

SCOPE = experiments("wrong password")
PLANES = ("live",)
SEVERITY = Severity.CRITICAL
CLAUSES = ("isolation 18", "PCI DSS 8.3")
BAD = "-- pool_hba.conf: hostssl all all all trust"
GOOD = "-- pool_hba.conf: hostssl all all all scram-sha-256"


def check(experiment: Experiment) -> Iterator[str]:
    if experiment.leaked:
        yield "a wrong password is as good as the right one"
    require_own_row(experiment)
