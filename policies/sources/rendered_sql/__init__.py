"""SQL text followed statement by statement into the catalog that PostgreSQL would have after it."""

from policies.sources.rendered_sql.read import Script, read_sql

__all__ = ["Script", "read_sql"]
