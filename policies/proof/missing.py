"""What a catalog does not say, without which nothing is proved of it."""

from policies.facts.catalog import Catalog

_RESTS_ON = frozenset(
    {"casts", "functions", "memberships", "role_settings", "roles", "schemas", "settings", "system_grants", "version"}
)
"""The parts that a filter depends on, besides relations."""


def missing(catalog: Catalog) -> str:
    """A part that could not be read or a statement that was not followed; empty where the catalog is complete."""
    for part in sorted(_RESTS_ON & catalog.unread.keys()):
        return f"{part} could not be read: {catalog.unread[part]}"
    for made in catalog.casts:
        return f"the cast of {made.source} to {made.target}, which is not PostgreSQL's own"
    return "".join(f"SQL that was not followed: {text[:80]}" for text in catalog.unmodelled[:1])
