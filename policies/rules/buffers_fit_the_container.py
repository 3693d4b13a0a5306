"""shared_buffers fit the container's memory.

What: `shared_buffers` is between 10 % and 40 % of the container's declared memory.
Why: more leaves too little for connections and the kernel kills the server; less wastes what is paid for.
Fix: set `limits.memory`, or remove the override from `settings:`.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.servers import ServerSettings, server_settings

SCOPE = server_settings
PLANES = ("plan", "live")
SEVERITY = Severity.MEDIUM
CLAUSES = ("CIS PostgreSQL 6",)
BAD = "shared_buffers = 2GB"
GOOD = "shared_buffers = 128MB"


def check(server: ServerSettings) -> Iterator[str]:
    for size in server.sizes("shared_buffers"):
        share = size / server.instance.limits.memory
        if not 0.1 <= share <= 0.4:
            yield f"shared_buffers is {share:.0%} of the container's memory"
