"""System tables cannot be changed by hand.

What: `allow_system_table_mods` is off.
Why: an edited pg_policy or pg_authid passes every check that reads DDL.
Fix: remove the override from the instance's `settings:`, and `ALTER SYSTEM RESET allow_system_table_mods;` on the
    server.
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.servers import ServerSettings, server_settings

SCOPE = server_settings
PLANES = ("plan", "live")
SEVERITY = Severity.HIGH
CLAUSES = ("CIS PostgreSQL 6",)
BAD = "allow_system_table_mods = on"
GOOD = "allow_system_table_mods = off"


def check(server: ServerSettings) -> Iterator[str]:
    yield from server.expect("allow_system_table_mods", "off")
