"""No role or database switches `row_security` off.

What: no role and no database has a setting `row_security = off`, nor `session_replication_role`.
Why: off turns filtered queries into errors, which are then "repaired" with BYPASSRLS; the latter stops triggers.
Fix: `ALTER ROLE <role> RESET row_security;`
"""

from collections.abc import Iterator

from policies.rule import Severity
from policies.scopes.roles import Server, servers

SCOPE = servers
PLANES = ("rendered-sql", "live")
SEVERITY = Severity.MEDIUM
CLAUSES = ("isolation 21",)
BAD = "ALTER ROLE shop_app SET row_security = off;"
GOOD = "ALTER ROLE shop_app SET row_security = on;"

_OFF = ("off", "false", "no", "0")


def check(server: Server) -> Iterator[str]:
    for setting in server.catalog.role_settings:
        whose = setting.role or setting.database or "every session"
        if setting.name == "row_security" and setting.value.lower() in _OFF:
            yield f"{whose} starts with row_security off"
        if setting.name == "session_replication_role" and setting.value != "origin":
            yield f"{whose} starts with session_replication_role {setting.value}"
