"""No role, database or server presets a tenant.

What: `app.tenant_id` is set neither for a role nor for a database.
Why: a session that forgot to choose a tenant then acts as the preset one, instead of seeing nothing.
Fix: `ALTER ROLE <role> RESET app.tenant_id;`
"""

from collections.abc import Iterator

from policies.expressions import TENANT_SETTING
from policies.rule import Severity
from policies.scopes.roles import Server, servers

SCOPE = servers
PLANES = ("rendered-sql", "live")
SEVERITY = Severity.CRITICAL
CLAUSES = ("isolation 21", "isolation 17")
BAD = "ALTER ROLE shop_app SET app.tenant_id = '00000000-0000-0000-0000-000000000001';"
GOOD = "ALTER ROLE shop_app SET statement_timeout = '10s';"


def check(server: Server) -> Iterator[str]:
    for setting in server.catalog.role_settings:
        if setting.name == TENANT_SETTING:
            yield f"{setting.role or setting.database or 'every session'} starts with tenant '{setting.value}'"
    preset = server.catalog.setting(TENANT_SETTING)
    if preset and preset.value:
        yield f"the server starts every session with tenant '{preset.value}'"
