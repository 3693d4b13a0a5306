"""No setting is overridden behind the program's back.

What: no line of `postgresql.auto.conf` is in force: `ALTER SYSTEM` was not used.
Why: such a line wins over the declared file and survives every deployment.
Fix: `ALTER SYSTEM RESET <setting>;` and `SELECT pg_reload_conf();`, and declare it under `settings:` if it is wanted.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.roles import Server, live_servers

SCOPE = live_servers
PLANES = ("live",)
SEVERITY = Severity.MEDIUM
CLAUSES = ("PCI DSS 2.2.1", "drift")
BAD = "work_mem = 5MB"
GOOD = ""


def check(server: Server) -> Iterator[str]:
    for setting in server.catalog.settings:
        if setting.is_from_alter_system:
            yield f"{setting.name} = '{setting.value}' comes from ALTER SYSTEM"
