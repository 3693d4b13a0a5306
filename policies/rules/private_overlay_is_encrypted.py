"""A private network that spans hosts is encrypted.

What: in a stack with several `hosts:`, an instance's own network and that instance's links to the object store, the
    cache and etcd are made with the overlay's option `encrypted`, unless the stack says `encryptedOverlay: false`.
Why: what goes from host to host passes a wire that others may share; without it nothing but each session's own TLS
    hides it, and who talks to whom shows.
Fix: a network gets the option only when it is made; `aqdata preview --replace '**Network::<network>'` shows what would
    be made anew with it.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.containers import StackNetwork, private_overlays

SCOPE = private_overlays
PLANES = ("plan", "live")
SEVERITY = Severity.HIGH
CLAUSES = ("PCI DSS 4.2",)
BAD = "{payment: true, payment-backup: false}"
GOOD = "{payment: true, payment-backup: true, shared: false}"


def check(subject: StackNetwork) -> Iterator[str]:
    if not subject.network.is_encrypted:
        yield "crosses hosts and is not encrypted"
