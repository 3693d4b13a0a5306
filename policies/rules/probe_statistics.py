"""Statistics of tenant tables are hidden from their readers.

What: on the running stack a login sees no row of `pg_stats` for a tenant table.
Why: most common values and histograms are other tenants' values.
Fix: enable row security on the table; PostgreSQL then hides its statistics from whoever it binds.
"""

from collections.abc import Iterator

from policies.facts.probes import Experiment
from policies.rule import Severity
from policies.scopes.probes import experiments

SCOPE = experiments("statistics")
PLANES = ("live",)
SEVERITY = Severity.HIGH
CLAUSES = ("isolation 16",)
BAD = """
ALTER TABLE shop.notes DISABLE ROW LEVEL SECURITY;
INSERT INTO shop.notes (tenant_id, body) SELECT gen_random_uuid(), 'note' FROM generate_series(1, 100);
ANALYZE shop.notes;
"""
GOOD = "ANALYZE shop.notes;"


def check(experiment: Experiment) -> Iterator[str]:
    if experiment.leaked:
        yield f"{experiment.leaked} columns' statistics are visible"
