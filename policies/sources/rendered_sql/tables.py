"""CREATE TABLE, indexes and the constraints they come with."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from pglast import ast
from pglast.enums import ConstrType

from policies.facts.relations import Column, Constraint, ConstraintKind, Index, Relation
from policies.sources.rendered_sql.state import Address, Database
from policies.sources.rendered_sql.text import SERIALS, option_text, sql_of, strings, type_name

_SUFFIX = {"primary key": "pkey", "unique": "key", "foreign key": "fkey", "check": "check", "exclusion": "excl"}
_KINDS: dict[int, ConstraintKind] = {
    ConstrType.CONSTR_PRIMARY: "primary key",
    ConstrType.CONSTR_UNIQUE: "unique",
    ConstrType.CONSTR_FOREIGN: "foreign key",
    ConstrType.CONSTR_CHECK: "check",
    ConstrType.CONSTR_EXCLUSION: "exclusion",
}
_ON_DELETE = {"a": "no action", "r": "restrict", "c": "cascade", "n": "set null", "d": "set default"}


def address_of(database: Database, range_var: Any, *, creating: bool = False) -> Address:
    """The relation that a RangeVar names."""
    if creating:
        return (str(range_var.schemaname or database.creation_schema()), str(range_var.relname))
    return database.resolve(range_var.schemaname, str(range_var.relname))


def create_table(database: Database, statement: ast.CreateStmt) -> None:
    """CREATE TABLE, also as a partition or child, also foreign."""
    made: Any = statement.base if isinstance(statement, ast.CreateForeignTableStmt) else statement
    address = address_of(database, made.relation, creating=True)
    if made.if_not_exists and address in database.relations:
        return
    parents = tuple(address_of(database, parent) for parent in made.inhRelations or ())
    database.relations[address] = Relation(
        schema=address[0],
        name=address[1],
        kind=_kind(statement),
        owner=database.role,
        acl=database.initial_acl("table", address[0]),
        parents=parents,
        is_partition=made.partbound is not None,
        columns=tuple(column for parent in parents for column in _columns_of(database, parent)),
        options=options_of(made.options),
    )
    for element in made.tableElts or ():
        _add_element(database, address, element)


def _columns_of(database: Database, address: Address) -> tuple[Column, ...]:
    parent = database.relations.get(address)
    return parent.columns if parent else ()


def _kind(statement: Any) -> Any:
    if isinstance(statement, ast.CreateForeignTableStmt):
        return "foreign table"
    return "partitioned table" if statement.partspec is not None else "table"


def options_of(options: Iterable[Any] | None) -> tuple[tuple[str, str], ...]:
    """Storage options as pairs."""
    return tuple((str(node.defname), option_text(node.arg)) for node in options or ())


def _add_element(database: Database, address: Address, element: Any) -> None:
    if isinstance(element, ast.ColumnDef):
        add_column(database, address, element)
    elif isinstance(element, ast.Constraint):
        add_constraint(database, address, element)
    else:
        database.unmodelled.append(f"{'.'.join(address)}: {sql_of(element)}")


def add_column(database: Database, address: Address, definition: ast.ColumnDef) -> None:
    """A column with its own constraints."""
    kind: Any = definition.typeName
    name = strings(kind.names)[-1]
    constraints: list[Any] = list(definition.constraints or ())
    types = {int(constraint.contype): constraint for constraint in constraints}
    is_required = {ConstrType.CONSTR_NOTNULL, ConstrType.CONSTR_PRIMARY, ConstrType.CONSTR_IDENTITY} & types.keys()
    default = types.get(ConstrType.CONSTR_DEFAULT)
    column = Column(
        name=str(definition.colname),
        type=type_name(kind),
        not_null=bool(is_required) or name in SERIALS,
        default=sql_of(default.raw_expr) if default else ("nextval()" if name in SERIALS else None),
        is_identity=ConstrType.CONSTR_IDENTITY in types,
        is_generated=ConstrType.CONSTR_GENERATED in types,
        labels=database.enums.get(name, ()),
    )
    database.change(address, lambda relation: replace(relation, columns=(*relation.columns, column)))
    for constraint in constraints:
        add_constraint(database, address, constraint, column.name)


def add_constraint(database: Database, address: Address, node: ast.Constraint, column: str | None = None) -> None:
    """A key, foreign key or check; keys bring their index."""
    kind = _KINDS.get(int(node.contype or 0))
    if kind is None or address not in database.relations:
        return
    columns = (column,) if column else strings(node.keys or node.fk_attrs)
    constraint = Constraint(
        name=str(node.conname or _default_name(address, kind, columns)),
        kind=kind,
        columns=columns,
        definition=_definition(node, kind, columns),
        is_validated=not node.skip_validation,
        **_reference(database, node),
    )
    database.change(address, lambda relation: _with_constraint(relation, constraint))


def _default_name(address: Address, kind: str, columns: tuple[str, ...]) -> str:
    middle = "" if kind == "primary key" else "".join(f"_{name}" for name in columns)
    return f"{address[1]}{middle}_{_SUFFIX[kind]}"


def _definition(node: ast.Constraint, kind: str, columns: tuple[str, ...]) -> str:
    if kind == "check":
        return f"CHECK ({sql_of(node.raw_expr)})"
    return f"{kind.upper()} ({', '.join(columns)})"


def _reference(database: Database, node: ast.Constraint) -> dict[str, Any]:
    if node.pktable is None:
        return {}
    parent = address_of(database, node.pktable)
    relation = database.relations.get(parent)
    keys = relation.constraints if relation else ()
    primary = next((key.columns for key in keys if key.kind == "primary key"), ())
    on_delete = _ON_DELETE.get(str(node.fk_del_action), "no action")
    return {"references": parent, "referenced_columns": strings(node.pk_attrs) or primary, "on_delete": on_delete}


def _with_constraint(relation: Relation, constraint: Constraint) -> Relation:
    changed = replace(relation, constraints=(*relation.constraints, constraint))
    if not constraint.is_key:
        return changed
    is_primary = constraint.kind == "primary key"
    index = Index(constraint.name, constraint.columns, is_unique=True, is_primary=is_primary)
    columns = changed.columns
    if is_primary:
        columns = tuple(replace(each, not_null=each.not_null or each.name in constraint.columns) for each in columns)
    return replace(changed, columns=columns, indexes=(*changed.indexes, index))


def create_index(database: Database, statement: ast.IndexStmt) -> None:
    """CREATE INDEX."""
    address = address_of(database, statement.relation)
    parts: list[Any] = list(statement.indexParams or ())
    columns = tuple(str(part.name) if part.name else sql_of(part.expr) for part in parts)
    words = "_".join(str(part.name or "expr") for part in parts)
    index = Index(
        name=str(statement.idxname or f"{address[1]}_{words}_idx"),
        columns=columns,
        is_unique=bool(statement.unique),
        predicate=sql_of(statement.whereClause) if statement.whereClause else None,
        method=str(statement.accessMethod or "btree"),
        definition=sql_of(statement),
    )
    database.change(address, lambda relation: replace(relation, indexes=(*relation.indexes, index)))
