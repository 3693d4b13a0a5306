"""Grants on PostgreSQL's own objects: those that every instance is declared to have, and all others."""

from collections.abc import Iterator

from policies.facts.access import SystemGrant
from policies.facts.catalog import Catalog

_DECLARED = frozenset(
    {
        ("verifier", "function pg_hba_file_rules()"),
        ("verifier", "function pg_show_all_file_settings()"),
        ("verifier", "relation pg_hba_file_rules"),
        ("verifier", "relation pg_file_settings"),
        ("backup", "function pg_backup_start(text,boolean)"),
        ("backup", "function pg_backup_stop(boolean)"),
        ("backup", "function pg_switch_wal()"),
        ("backup", "function pg_create_restore_point(text)"),
    }
)
"""(grantee, object): who may connect how, for the verifier, and what pgBackRest calls."""


def undeclared_grants(catalog: Catalog) -> Iterator[SystemGrant]:
    """What initdb did not give and no instance is declared to have."""
    return (grant for grant in catalog.system_grants if (grant.grantee, grant.object) not in _DECLARED)
