"""No container switches its confinement off.

What: no container has seccomp, AppArmor or SELinux set to unconfined or disabled.
Why: they are what stands between a hole in a server and the host's kernel.
Fix: remove the security option.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.containers import StackContainer, containers

SCOPE = containers
PLANES = ("plan", "live")
SEVERITY = Severity.HIGH
CLAUSES = ("CIS Docker 5.2", "CIS Docker 5.3", "CIS Docker 5.22")
BAD = "securityOpts: ['no-new-privileges:true', 'seccomp=unconfined']"
GOOD = "securityOpts: ['no-new-privileges:true']"


def check(subject: StackContainer) -> Iterator[str]:
    for option in subject.container.security_options:
        if "unconfined" in option or option in ("label:disable", "label=disable"):
            yield f"runs with {option}"
