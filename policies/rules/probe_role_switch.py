"""A plan made for one role does not serve another.

What: on the running stack a statement prepared and executed as the owner inside one tenant, then executed by the report
    login inside another, shows none of the first one's rows.
Why: a migration or a job that changes its role keeps its prepared statements; a plan that outlives the switch applies
    the policies of whoever came before (CVE-2016-2193, CVE-2024-10976).
Fix: read the tenant in the policy with current_setting, never with a function marked IMMUTABLE; update the server.
"""

from collections.abc import Iterator

from policies.facts.probes import Experiment
from policies.rule import Severity
from policies.scopes.probes import experiments, require_own_row

SCOPE = experiments("role switch")
PLANES = ("live",)
SEVERITY = Severity.CRITICAL
CLAUSES = ("isolation 19",)
BAD = """
CREATE FUNCTION shop.tenant() RETURNS uuid LANGUAGE sql IMMUTABLE
  AS 'SELECT NULLIF(current_setting(''app.tenant_id'', true), '''')::uuid';
GRANT EXECUTE ON FUNCTION shop.tenant() TO PUBLIC;
ALTER POLICY tenant_isolation ON shop.notes USING (tenant_id = shop.tenant());
CREATE POLICY reports ON shop.notes FOR SELECT TO shop_readonly USING (true);
"""
GOOD = "ALTER POLICY tenant_isolation ON shop.notes RENAME TO only_the_tenant;"


def check(experiment: Experiment) -> Iterator[str]:
    if experiment.leaked:
        yield "a plan made as the owner showed one tenant's rows to the report login inside another"
    require_own_row(experiment)
