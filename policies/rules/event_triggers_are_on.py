"""Event triggers fire.

What: `event_triggers` is on.
Why: with off the guard against unprotected tables is silent.
Fix: remove the override from the instance's `settings:`, and `ALTER SYSTEM RESET event_triggers;` on the server.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.servers import ServerSettings, server_settings

SCOPE = server_settings
PLANES = ("plan", "live")
SEVERITY = Severity.HIGH
CLAUSES = ("isolation 1",)
BAD = "event_triggers = off"
GOOD = "event_triggers = on"


def check(server: ServerSettings) -> Iterator[str]:
    yield from server.expect("event_triggers", "on")
