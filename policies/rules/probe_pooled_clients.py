"""A pooler's clients leave each other nothing.

What: on the running stack two clients that the pooler puts on one server connection, one after the other, share neither
    a tenant nor a row, however the first one's transaction ended: commit, rollback, error, cancelled statement, a
    `SET app.tenant_id` for the whole session, or a cursor WITH HOLD.
Why: a transaction pooler hands a server session from client to client; what is left in it is the next one's tenant.
Fix: set the tenant with `set_config('app.tenant_id', ..., true)`; in the pooler `server_reset_query_always = 1` and
    `CLOSE ALL` in `server_reset_query`; no `ALTER ROLE ... SET app.tenant_id`.
"""

from collections.abc import Iterator

from policies.facts.probes import Experiment
from policies.rule import Severity
from policies.scopes.probes import experiments, require_own_row

SCOPE = experiments("pooled clients")
PLANES = ("live",)
SEVERITY = Severity.CRITICAL
CLAUSES = ("isolation 18",)
BAD = """
DO $$ BEGIN
  EXECUTE format('ALTER ROLE shop_app IN DATABASE %I SET app.tenant_id = %L', current_database(), gen_random_uuid());
END $$;
"""
GOOD = "ALTER POLICY tenant_isolation ON shop.notes RENAME TO only_the_tenant;"


def check(experiment: Experiment) -> Iterator[str]:
    if experiment.leaked:
        yield "a client of the pooler found the tenant or the rows of the one before it"
    require_own_row(experiment)
