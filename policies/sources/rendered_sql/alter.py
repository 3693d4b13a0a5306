"""ALTER TABLE and its relatives: each sub-command changes one relation."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from pglast import ast
from pglast.enums import AlterTableType as At
from pglast.enums import ObjectType

from policies.facts.relations import Column, Relation
from policies.sources.rendered_sql.state import Address, Database
from policies.sources.rendered_sql.tables import add_column, add_constraint, address_of, options_of
from policies.sources.rendered_sql.text import role_name, sql_of, type_name

Change = Callable[[Relation], Relation]
_HARMLESS = (
    At.AT_SetStatistics,
    At.AT_SetStorage,
    At.AT_SetCompression,
    At.AT_ClusterOn,
    At.AT_DropCluster,
    At.AT_SetTableSpace,
    At.AT_ReplicaIdentity,
    At.AT_SetAccessMethod,
)
_TRIGGERS = {
    At.AT_EnableTrig: "O",
    At.AT_EnableAlwaysTrig: "A",
    At.AT_EnableReplicaTrig: "R",
    At.AT_DisableTrig: "D",
}


def alter_table(database: Database, statement: ast.AlterTableStmt) -> None:
    """ALTER TABLE, VIEW, INDEX or SEQUENCE."""
    address = address_of(database, statement.relation)
    if address not in database.relations:
        if not statement.missing_ok and statement.objtype != ObjectType.OBJECT_INDEX:
            database.unmodelled.append(sql_of(statement))
        return
    for command in statement.cmds or ():
        _alter(database, address, command)


def _alter(database: Database, address: Address, command: Any) -> None:
    kind = At(command.subtype)
    if kind == At.AT_AddColumn:
        add_column(database, address, command.def_)
    elif kind == At.AT_AddConstraint:
        add_constraint(database, address, command.def_)
    elif kind == At.AT_ChangeOwner:
        database.set_owner(address, role_name(command.newowner, database.role))
    elif kind == At.AT_AttachPartition:
        _attach(database, address, command)
    elif kind in _CHANGES:
        database.change(address, _CHANGES[kind](command))
    elif kind not in _HARMLESS:
        database.unmodelled.append(f"{'.'.join(address)}: {kind.name}")


def _attach(database: Database, parent: Address, command: Any) -> None:
    child = address_of(database, command.def_.name)
    database.change(child, lambda relation: replace(relation, parents=(parent,), is_partition=True))


def _on_column(change: Callable[[Column, Any], Column]) -> Callable[[Any], Change]:
    def of(command: Any) -> Change:
        def apply(relation: Relation) -> Relation:
            columns = (change(each, command) if each.name == command.name else each for each in relation.columns)
            return replace(relation, columns=tuple(columns))

        return apply

    return of


def _set(**values: Any) -> Callable[[Any], Change]:
    return lambda command: lambda relation: replace(relation, **values)


def _drop_column(command: Any) -> Change:
    return lambda relation: replace(
        relation,
        columns=tuple(column for column in relation.columns if column.name != command.name),
        constraints=tuple(each for each in relation.constraints if command.name not in each.columns),
        indexes=tuple(index for index in relation.indexes if command.name not in index.columns),
    )


def _drop_constraint(command: Any) -> Change:
    return lambda relation: replace(
        relation,
        constraints=tuple(each for each in relation.constraints if each.name != command.name),
        indexes=tuple(index for index in relation.indexes if index.name != command.name),
    )


def _validate(command: Any) -> Change:
    return lambda relation: replace(
        relation,
        constraints=tuple(
            replace(each, is_validated=True) if each.name == command.name else each for each in relation.constraints
        ),
    )


def _set_options(command: Any) -> Change:
    changes = dict(options_of(command.def_))
    return lambda relation: replace(relation, options=tuple((dict(relation.options) | changes).items()))


def _reset_options(command: Any) -> Change:
    gone = dict(options_of(command.def_))
    return lambda relation: replace(relation, options=tuple(pair for pair in relation.options if pair[0] not in gone))


def _inherit(command: Any) -> Change:
    parent = (str(command.def_.schemaname or "public"), str(command.def_.relname))
    return lambda relation: replace(relation, parents=(*relation.parents, parent))


def _enable_trigger(command: Any) -> Change:
    state = _TRIGGERS[At(command.subtype)]
    return lambda relation: replace(
        relation,
        triggers=tuple(
            replace(trigger, enabled=state) if command.name in (None, trigger.name) else trigger
            for trigger in relation.triggers
        ),
    )


_CHANGES: dict[At, Callable[[Any], Change]] = {
    At.AT_EnableRowSecurity: _set(row_security=True),
    At.AT_DisableRowSecurity: _set(row_security=False),
    At.AT_ForceRowSecurity: _set(force_row_security=True),
    At.AT_NoForceRowSecurity: _set(force_row_security=False),
    At.AT_SetNotNull: _on_column(lambda column, _: replace(column, not_null=True)),
    At.AT_DropNotNull: _on_column(lambda column, _: replace(column, not_null=False)),
    At.AT_ColumnDefault: _on_column(
        lambda column, command: replace(column, default=sql_of(command.def_) if command.def_ else None)
    ),
    At.AT_AlterColumnType: _on_column(lambda column, command: replace(column, type=type_name(command.def_.typeName))),
    At.AT_DropColumn: _drop_column,
    At.AT_DropConstraint: _drop_constraint,
    At.AT_ValidateConstraint: _validate,
    At.AT_SetRelOptions: _set_options,
    At.AT_ResetRelOptions: _reset_options,
    At.AT_AddInherit: _inherit,
    At.AT_EnableTrig: _enable_trigger,
    At.AT_EnableAlwaysTrig: _enable_trigger,
    At.AT_EnableReplicaTrig: _enable_trigger,
    At.AT_DisableTrig: _enable_trigger,
}


def rename(database: Database, statement: ast.RenameStmt) -> None:
    """ALTER ... RENAME of what has a name of its own in the facts."""
    kind = ObjectType(statement.renameType or 0)
    new = str(statement.newname)
    if kind == ObjectType.OBJECT_POLICY:
        address = address_of(database, statement.relation)
        database.change(address, lambda relation: _renamed_policy(relation, str(statement.subname), new))
    elif kind in (ObjectType.OBJECT_TABLE, ObjectType.OBJECT_VIEW, ObjectType.OBJECT_MATVIEW):
        address = address_of(database, statement.relation)
        if address in database.relations:
            relation = database.relations.pop(address)
            database.relations[address[0], new] = replace(relation, name=new)
    elif kind == ObjectType.OBJECT_COLUMN:
        change = _on_column(lambda column, _: replace(column, name=new))
        database.change(address_of(database, statement.relation), change(_Named(str(statement.subname))))
    else:
        database.unmodelled.append(sql_of(statement))


class _Named:
    def __init__(self, name: str) -> None:
        self.name = name


def _renamed_policy(relation: Relation, old: str, new: str) -> Relation:
    policies = tuple(replace(each, name=new) if each.name == old else each for each in relation.policies)
    return replace(relation, policies=policies)
