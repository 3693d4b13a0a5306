"""Checkpoints are logged.

What: `log_checkpoints` is on.
Why: crowded checkpoints show in no other place before writes stall.
Fix: remove the override from the instance's `settings:`, and `ALTER SYSTEM RESET log_checkpoints;` on the server.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.servers import ServerSettings, server_settings

SCOPE = server_settings
PLANES = ("plan", "live")
SEVERITY = Severity.INFO
CLAUSES = ("CIS PostgreSQL 3.1",)
BAD = "log_checkpoints = off"
GOOD = "log_checkpoints = on"


def check(server: ServerSettings) -> Iterator[str]:
    yield from server.expect("log_checkpoints", "on")
