"""No setting waits for a restart.

What: what the configuration files say is what the server runs with, and every line of them is accepted.
Why: a change that waits is one that takes effect at the worst moment, or one that everybody believes in force.
Fix: restart the instance, or take the change back with `ALTER SYSTEM RESET <setting>;`
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.servers import ServerSettings, server_settings

SCOPE = server_settings
PLANES = ("live",)
SEVERITY = Severity.MEDIUM
CLAUSES = ("PCI DSS 2.2.1",)
BAD = "max_connections = 321"
GOOD = "log_min_duration_statement = 500"


def check(server: ServerSettings) -> Iterator[str]:
    for setting in server.catalog.settings:
        if setting.pending_restart:
            yield f"{setting.name} is '{setting.value}' until the next restart, then '{setting.pending_value}'"
