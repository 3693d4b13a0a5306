"""No environment variable looks like a secret.

What: no variable named like a password, secret, token or key has a value that is not a path.
Why: `docker inspect` shows the environment to everybody who may use Docker, and child processes inherit it.
Fix: mount the secret as a file under /etc/aqstream/secrets.
"""

import re
from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.containers import StackContainer, containers

SCOPE = containers
PLANES = ("plan", "live")
SEVERITY = Severity.HIGH
CLAUSES = ("CIS Docker 4.10", "PCI DSS 8.6.2")
BAD = "envs: [PGPASSWORD=hunter2]"
GOOD = "envs: [PGPASSFILE=/etc/aqstream/secrets/pgpass]"

_SECRET = re.compile(r"PASS(WORD|WD)?$|SECRET|TOKEN|(PRIVATE|ACCESS|API)_?KEY$", re.IGNORECASE)


def check(subject: StackContainer) -> Iterator[str]:
    for name, value in subject.container.environment:
        if value and not value.startswith("/") and _SECRET.search(name):
            yield f"has the environment variable {name}"
