"""A cached plan shows the tenant of the moment.

What: on the running stack a statement prepared and executed as one tenant until its plan is cached, then executed as
    another, shows none of the first one's rows.
Why: connection pools keep prepared statements; PostgreSQL mended three holes of this kind (CVE-2016-2193, 2023-2455,
    2024-10976).
Fix: read the tenant in the policy with current_setting, never with a function marked IMMUTABLE; update the server.
"""

from collections.abc import Iterator

from policies.facts.probes import Experiment
from policies.rule import Severity
from policies.scopes.probes import experiments, require_own_row

SCOPE = experiments("plan cache")
PLANES = ("live",)
SEVERITY = Severity.CRITICAL
CLAUSES = ("isolation 19",)
BAD = """
CREATE FUNCTION shop.tenant() RETURNS uuid LANGUAGE sql IMMUTABLE
  AS 'SELECT NULLIF(current_setting(''app.tenant_id'', true), '''')::uuid';
GRANT EXECUTE ON FUNCTION shop.tenant() TO PUBLIC;
ALTER POLICY tenant_isolation ON shop.notes USING (tenant_id = shop.tenant());
"""
GOOD = "ALTER POLICY tenant_isolation ON shop.notes RENAME TO only_the_tenant;"


def check(experiment: Experiment) -> Iterator[str]:
    if experiment.leaked:
        yield "a plan cached for one tenant showed its rows to another"
    require_own_row(experiment)
