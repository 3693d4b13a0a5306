"""No role, database or server presets a tenant.

What: neither `app.tenant_id` nor `app.tenant_token` is set for a role, a database or the server.
Why: a session that forgot to choose a tenant then acts as the preset one, instead of seeing nothing.
Fix: `ALTER ROLE <role> RESET app.tenant_id;`
"""

from collections.abc import Iterator

from policies.expressions import TENANT_SETTING
from policies.facts.access import RoleSetting
from policies.facts.server import Setting
from policies.rule import Severity
from policies.scopes.roles import Server, servers
from policies.tenant_context import SETTING as TENANT_TOKEN

SCOPE = servers
PLANES = ("rendered-sql", "live")
SEVERITY = Severity.CRITICAL
CLAUSES = ("isolation 21", "isolation 17")
BAD = "ALTER ROLE shop_app SET app.tenant_id = '00000000-0000-0000-0000-000000000001';"
GOOD = "ALTER ROLE shop_app SET statement_timeout = '10s';"


def check(server: Server) -> Iterator[str]:
    for setting in server.catalog.role_settings:
        if setting.name in (TENANT_SETTING, TENANT_TOKEN):
            yield f"{setting.role or setting.database or 'every session'} starts with {_shown(setting)}"
    for name in (TENANT_SETTING, TENANT_TOKEN):
        preset = server.catalog.setting(name)
        if preset and preset.value:
            yield f"the server starts every session with {_shown(preset)}"


def _shown(preset: RoleSetting | Setting) -> str:
    """A token opens its tenant's rows to whoever reads the report."""
    return "a tenant's token" if preset.name == TENANT_TOKEN else f"tenant '{preset.value}'"
