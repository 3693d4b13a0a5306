"""Canaries: one valid row for each table and tenant, parents before children."""

import uuid
from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any

from infra.model.errors import CannotCheck
from infra.model.service import Service
from policies.facts.catalog import Catalog
from policies.facts.relations import Column, Constraint, Relation
from policies.sources.live.probes.values import checked_values, plain_value

Row = dict[str, Any]
Rows = Mapping[tuple[str, str], Row]
Demands = Mapping[tuple[str, str], Row]


def in_order(catalog: Catalog, service: Service) -> list[Relation]:
    """The service's declared tables that exist, each after the tables it refers to. Raises CannotCheck on a cycle."""
    known = {
        relation.address: relation
        for relation in catalog.relations_in(service.schema_name)
        if relation.holds_rows and relation.name in service.tables
    }
    graph = {address: _parents(relation) & known.keys() for address, relation in known.items()}
    try:
        return [known[address] for address in TopologicalSorter(graph).static_order()]
    except CycleError as error:
        raise CannotCheck(
            f"{service.name}: the required foreign keys form a cycle: {error.args[1]}", "make one of them nullable"
        ) from error


def _parents(relation: Relation) -> set[tuple[str, str]]:
    keys = required_keys(relation)
    return {key.references for key in keys if key.references and key.references != relation.address}


def required_keys(relation: Relation) -> list[Constraint]:
    """The foreign keys that every row has to satisfy."""
    return [
        constraint
        for constraint in relation.constraints
        if constraint.kind == "foreign key" and all(_is_required(relation, name) for name in constraint.columns)
    ]


def _is_required(relation: Relation, name: str) -> bool:
    column = relation.column(name)
    return column is not None and column.not_null


def demands(tables: Iterable[Relation]) -> Demands:
    """What the CHECK constraints of each table ask for, by address: parsed once, for any number of rows."""
    return {relation.address: checked_values(relation) for relation in tables}


def canary(relation: Relation, service: Service, tenant: str, parents: Rows, demanded: Row) -> Row:
    """A row of this tenant that satisfies types, NOT NULL, CHECK and foreign keys; `sample` values win over types."""
    declared = service.tables[relation.name]
    row = {
        column.name: demanded.get(column.name, plain_value(column, position))
        for position, column in enumerate(relation.columns)
        if _needs_value(column)
    }
    row |= _references(relation, parents)
    row |= {name: _unique(value) for name, value in declared.sample.items() if relation.column(name) is not None}
    return row | ({declared.key: tenant} if declared.key else {})


def _unique(value: Any) -> Any:
    return value.replace("{unique}", uuid.uuid4().hex) if isinstance(value, str) else value


def _needs_value(column: Column) -> bool:
    is_free = column.default is None or column.type == "uuid"
    return column.not_null and is_free and not column.is_identity and not column.is_generated


def _references(relation: Relation, parents: Rows) -> Row:
    values: Row = {}
    for key in required_keys(relation):
        parent = parents.get(key.references or ("", ""), {})
        pairs = zip(key.columns, key.referenced_columns, strict=True)
        values |= {child: parent[column] for child, column in pairs if column in parent}
    return values


def canaries(
    tables: Iterable[Relation], service: Service, tenant: str, demanded: Demands
) -> dict[tuple[str, str], Row]:
    """One row for each table, in the tables' order."""
    rows: dict[tuple[str, str], Row] = {}
    for relation in tables:
        rows[relation.address] = canary(relation, service, tenant, rows, demanded[relation.address])
    return rows
