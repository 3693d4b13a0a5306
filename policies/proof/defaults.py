"""The custom settings that a session starts with, before it sets anything itself."""

from policies.facts.catalog import Catalog, Setting

_CONFIGURED = ("configuration file", "command line", "environment variable")


def session_defaults(catalog: Catalog, login: str) -> dict[str, str]:
    """Setting -> value by server, database and role; the narrower declaration wins."""
    found = {setting.name.lower(): setting.value for setting in catalog.settings if _is_configured(setting)}
    entries = [entry for entry in catalog.role_settings if entry.role in (None, login)]
    ours = [entry for entry in entries if entry.database in (None, catalog.database)]
    ranked = sorted(ours, key=lambda entry: (entry.role is not None, entry.database is not None))
    return found | {entry.name.lower(): entry.value for entry in ranked if "." in entry.name}


def _is_configured(setting: Setting) -> bool:
    return "." in setting.name and setting.source in _CONFIGURED
