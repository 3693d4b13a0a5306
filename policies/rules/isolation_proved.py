"""Tenant isolation is proved, not only probed.

What: for every login, tenant table and command, no session inside tenant A can see, make, change or remove a row that
    is not A's, whatever it sets and whichever role it takes; proved over the policies that PostgreSQL really applies.
Why: a probe shows that one leak was not found; a proof shows that there is none, under what docs/proof.md lists.
Fix: look at the counterexample with `aqdata proof run`, which replays it, and close the way that it names.
"""

from collections.abc import Iterator

from policies.proof.obligation import Obligation, Verdict
from policies.rule import Severity, Unknown
from policies.scopes.proofs import ProvedTable, proved_tables

SCOPE = proved_tables
PLANES = ("rendered-sql", "live")
SEVERITY = Severity.CRITICAL
CLAUSES = ("seed: Row Level Security", "isolation: 1-6, 8-13, 17, 21", "PCI DSS 7.2")
BAD = "CREATE POLICY operations ON shop.orders FOR SELECT TO shop_app USING (true);"
GOOD = """
CREATE POLICY placed ON shop.orders AS RESTRICTIVE FOR SELECT TO shop_app USING (country IS NOT NULL);
"""


def check(table: ProvedTable) -> Iterator[str]:
    leaks = [_described(found) for found in table.obligations if found.verdict is Verdict.COUNTEREXAMPLE]
    yield from sorted(set(leaks))
    unknown = sorted({found.construct for found in table.obligations if found.verdict is Verdict.UNKNOWN})
    if unknown and not leaks:
        raise Unknown("not proved: " + "; ".join(unknown))


def _described(leak: Obligation) -> str:
    via = f" through {leak.path}" if leak.path not in ("", leak.table) else ""
    return f"{leak.role} can {leak.command}{via} across tenants: {leak.construct}"
