"""No secret stands in the plan in plain text.

What: no input that is named like a password, secret or private key has a readable value.
Why: what is plain in the plan is plain in the state file, in previews and in review comments.
Fix: pass it as a secret output, `pulumi.Output.secret(...)`.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.resources import PlannedResource, resources

SCOPE = resources
PLANES = ("plan",)
SEVERITY = Severity.CRITICAL
CLAUSES = ("PCI DSS 8.6.2", "PCI DSS 3.3")
BAD = "{inputs: {password: hunter2}}"
GOOD = "{inputs: {password: '[secret]', length: 40}}"


def check(subject: PlannedResource) -> Iterator[str]:
    for path in subject.readable_secrets:
        yield f"input {path} is not secret"
