"""The certificate authority outlives what it signs.

What: the authority that clients trust may sign, is valid now and for longer than a certificate that it signs today, and
    for no longer than declared.
Why: when it expires every connection of the stack fails at once, and a new one has to reach every client first.
Fix: `aqdata up --stack <stack>` issues a new authority in time; give its certificate to the services before it is used.
"""

from collections.abc import Iterator
from datetime import timedelta

from policies.rule import Severity
from policies.scopes.containers import StackAuthority, authorities

SCOPE = authorities
PLANES = ("live",)
SEVERITY = Severity.HIGH
CLAUSES = ("PCI DSS 4.2.1", "PCI DSS 4.2.1.1")
BAD = "authority_days: 200"
GOOD = "authority_days: 900"


def check(found: StackAuthority) -> Iterator[str]:
    authority, declared = found.authority, found.stack.certificates
    if not authority.may_sign:
        yield "is no certificate authority"
    if authority.not_before > authority.seen_at:
        yield f"is valid from {authority.not_before:%Y-%m-%d} only"
    left = authority.not_after - authority.seen_at
    if left < timedelta(seconds=min(declared.validity, declared.authority_validity // 2)):
        yield f"expires in {left.days} days, before a certificate that it signs today"
    if authority.not_after - authority.not_before > timedelta(seconds=declared.authority_validity, days=2):
        yield f"is valid for {(authority.not_after - authority.not_before).days} days, longer than declared"
