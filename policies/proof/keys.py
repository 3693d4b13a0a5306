"""Keys as oracles: a unique key or a foreign key without the tenant key answers whether another tenant's row exists."""

from collections.abc import Iterator
from dataclasses import dataclass

from infra.model.table import Table
from policies.facts.catalog import Catalog, Constraint, Index, Relation

RANDOM_IDENTIFIERS = "primary keys that are one random uuid are not guessed (122 random bits)"
_RANDOM_DEFAULTS = ("gen_random_uuid()", "uuidv4()")


Keys = dict[tuple[str, str], str]
"""The tenant key of each tenant table."""


@dataclass(frozen=True)
class Oracle:
    """An undeclared key that answers across tenants: `columns` of the table are asked about `asked` of `target`.

    Without columns the key is over expressions, which nobody has values for.
    """

    words: str
    target: tuple[str, str]
    columns: tuple[str, ...]
    asked: tuple[str, ...]


def oracles(relation: Relation, declared: Table, catalog: Catalog, tenant_keys: Keys) -> list[Oracle]:
    """Each undeclared key of a tenant table that answers across tenants."""
    return [
        *(
            Oracle(f"unique key {name} lacks {declared.key}", relation.address, columns, columns)
            for name, columns in _open_keys(relation, declared)
        ),
        *(
            Oracle(_described(found), found.references or ("", ""), found.columns, found.referenced_columns)
            for found in open_references(relation, catalog, tenant_keys)
        ),
    ]


def has_random_identifier(relation: Relation) -> bool:
    """Whether the primary key is one random uuid."""
    return any(_is_random(relation, index) for index in relation.indexes)


def _open_keys(relation: Relation, declared: Table) -> Iterator[tuple[str, tuple[str, ...]]]:
    unique = [index for index in relation.indexes if index.is_unique and declared.key not in index.columns]
    exclusions = [constraint for constraint in relation.constraints if constraint.kind == "exclusion"]
    found = [(index.name, index.columns) for index in unique if not _is_random(relation, index)]
    found += [(each.name, ()) for each in exclusions if f"{declared.key} WITH =" not in each.definition]
    yield from ((name, columns) for name, columns in found if name not in declared.global_keys)


def _is_random(relation: Relation, index: Index) -> bool:
    column = relation.column(index.columns[0]) if index.is_primary and len(index.columns) == 1 else None
    default = column.default if column is not None and column.type == "uuid" else None
    return default is not None and default.removeprefix("pg_catalog.") in _RANDOM_DEFAULTS


def open_references(relation: Relation, catalog: Catalog, tenant_keys: Keys) -> Iterator[Constraint]:
    """Foreign keys to a tenant table that do not carry the tenant key along."""
    for constraint in relation.constraints:
        target = constraint.references
        if constraint.kind != "foreign key" or target not in tenant_keys or catalog.relation(*target) is None:
            continue
        pairs = zip(constraint.columns, constraint.referenced_columns, strict=True)
        if (tenant_keys.get(relation.address, ""), tenant_keys[target]) not in pairs:
            yield constraint


def _described(constraint: Constraint) -> str:
    target = ".".join(constraint.references or ())
    return f"foreign key {constraint.name} reaches {target} without the tenant key"
