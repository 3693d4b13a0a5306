"""Relations of one database from its catalog, each with what hangs on it."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from policies.facts.relations import Column, Constraint, Index, Policy, Relation, RewriteRule, Trigger
from policies.sources.live.query import Connection, Row, fetch

_HANGING: dict[str, Callable[..., Any]] = {
    "columns": Column,
    "constraints": Constraint,
    "indexes": Index,
    "policies": Policy,
    "triggers": Trigger,
    "rules": RewriteRule,
}


def read_relations(connection: Connection) -> tuple[Relation, ...]:
    """Every relation outside PostgreSQL's own schemas and outside extensions."""
    hanging = {name: _by_relation(fetch(connection, name), kind) for name, kind in _HANGING.items()}
    hanging["parents"] = _by_relation(fetch(connection, "inheritance"), lambda schema, name: (schema, name))
    hypertables = _hypertables(connection)
    return tuple(_relation(row, hanging, hypertables) for row in fetch(connection, "relations"))


def _relation(
    row: Row, hanging: dict[str, dict[int, tuple[Any, ...]]], hypertables: frozenset[tuple[str, str]]
) -> Relation:
    oid = row.pop("relation")
    parts: dict[str, Any] = {name: by_relation.get(oid, ()) for name, by_relation in hanging.items()}
    return Relation(**row, **parts, is_hypertable=(row["schema"], row["name"]) in hypertables)


def _by_relation(rows: list[Row], kind: Callable[..., Any]) -> dict[int, tuple[Any, ...]]:
    grouped: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        grouped[row.pop("relation")].append(kind(**row))
    return {oid: tuple(built) for oid, built in grouped.items()}


def _hypertables(connection: Connection) -> frozenset[tuple[str, str]]:
    found = connection.execute("SELECT to_regclass('_timescaledb_catalog.hypertable') IS NOT NULL").fetchone()
    if not found or not found[0]:
        return frozenset()
    return frozenset((row["schema"], row["name"]) for row in fetch(connection, "hypertables"))
