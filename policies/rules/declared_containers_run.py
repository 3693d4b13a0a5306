"""Every declared container runs and is healthy.

What: each instance, cache server and object store of the stack file has a running container whose check is not failing.
Why: what does not run cannot be verified, and the rest of the report would be about less than it says.
Fix: `aqdata up --refresh --stack <stack>` makes what is gone; `docker logs <container>` says why it stopped.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.containers import DeclaredContainer, declared_containers

SCOPE = declared_containers
PLANES = ("live",)
SEVERITY = Severity.CRITICAL
CLAUSES = ("seed: overview",)
BAD = "-- stopped"
GOOD = "-- running"


def check(subject: DeclaredContainer) -> Iterator[str]:
    container = subject.container
    if container is None:
        yield "does not exist"
    elif not container.is_running:
        yield "does not run"
    elif container.health == "unhealthy":
        yield "is unhealthy"
