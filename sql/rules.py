"""Rules on changes: old code has to work with the new schema, and no running query has to wait for long.

Every statement of a changeset is judged; `--exception <rule>: <reason>` in the file lets one pass.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from pglast import ast, enums, parse_sql, parser

from infra.model.errors import ConfigurationError
from sql.changelog import Changeset
from sql.identifier import LONGEST

_REPEATED = {
    enums.ObjectType.OBJECT_POLICY,
    enums.ObjectType.OBJECT_TRIGGER,
    enums.ObjectType.OBJECT_FUNCTION,
    enums.ObjectType.OBJECT_PROCEDURE,
    enums.ObjectType.OBJECT_VIEW,
}
"""What a repeatable changeset may drop in order to make it anew."""

_Table = tuple[str | None, str]


@dataclass(frozen=True)
class Violation:
    """A changeset breaks a rule, or excuses itself from one that it keeps."""

    changeset: str
    rule: str
    what: str

    def __str__(self) -> str:
        return f"{self.changeset}: {self.rule}: {self.what}"


@dataclass(frozen=True)
class _Context:
    """A changeset and the tables that it creates itself, on which nothing can wait yet."""

    changeset: Changeset
    statements: tuple[Any, ...]

    @property
    def created(self) -> set[_Table]:
        return {_table(node.relation) for node in self.statements if isinstance(node, ast.CreateStmt)}

    def is_existing(self, relation: Any) -> bool:
        return _table(relation) not in self.created


def violations(changesets: Iterable[Changeset]) -> list[Violation]:
    """Every broken rule without a reason in the file. Raises ConfigurationError where SQL does not parse."""
    return [violation for changeset in changesets for violation in _judge(changeset)]


def require_additive(changesets: Iterable[Changeset]) -> None:
    """Raises ConfigurationError naming every broken rule."""
    if found := violations(changesets):
        raise ConfigurationError(
            "\n".join(map(str, found)),
            "change it in additive steps, or write '--exception <rule>: <reason>' into the changeset",
        )


def _judge(changeset: Changeset) -> Iterator[Violation]:
    context = _Context(changeset, _parse(changeset))
    broken = {rule: what for rule, check in RULES.items() for what in check(context)}
    for rule, what in broken.items():
        if rule not in changeset.exceptions:
            yield Violation(changeset.label, rule, what)
    for rule in changeset.exceptions.keys() - broken.keys():
        yield Violation(changeset.label, rule, "has an exception that it does not need")


def _parse(changeset: Changeset) -> tuple[Any, ...]:
    try:
        return tuple(raw.stmt for raw in parse_sql(changeset.sql))
    except parser.ParseError as error:
        raise ConfigurationError(f"{changeset.label}: {error.args[0]}", "correct the SQL") from error


def _no_drop(context: _Context) -> Iterator[str]:
    for node in context.statements:
        if isinstance(node, ast.DropStmt) and not _may_drop(context, node):
            yield f"drops a {_kind(node)}"
        elif isinstance(node, ast.TruncateStmt | ast.DropOwnedStmt):
            yield "removes rows or objects"
    for command in _commands(context):
        if command.subtype in (enums.AlterTableType.AT_DropColumn, enums.AlterTableType.AT_DropConstraint):
            yield f"drops '{command.name}'"


def _kind(node: Any) -> str:
    return str(enums.ObjectType(node.removeType).name).removeprefix("OBJECT_").lower()


def _may_drop(context: _Context, node: Any) -> bool:
    if node.removeType == enums.ObjectType.OBJECT_INDEX:
        # What an interrupted concurrent build left, before it is built again.
        rebuilt = {index.idxname for index in _indexes(context) if index.concurrent}
        return bool(node.concurrent) and all(name[-1].sval in rebuilt for name in node.objects or ())
    return context.changeset.run_on_change and node.removeType in _REPEATED


def _no_rename(context: _Context) -> Iterator[str]:
    for node in context.statements:
        if isinstance(node, ast.RenameStmt):
            yield f"renames to '{node.newname}'"
        elif isinstance(node, ast.AlterObjectSchemaStmt):
            yield f"moves to schema '{node.newschema}'"


def _no_type_change(context: _Context) -> Iterator[str]:
    for command in _commands(context):
        if command.subtype == enums.AlterTableType.AT_AlterColumnType:
            yield f"changes the type of '{command.name}'"


def _no_required_column(context: _Context) -> Iterator[str]:
    for command in _commands(context):
        if command.subtype == enums.AlterTableType.AT_SetNotNull:
            yield f"'{command.name}' becomes NOT NULL"
        elif command.subtype == enums.AlterTableType.AT_AddColumn and _is_required(command.def_):
            yield f"new column '{command.def_.colname}' is NOT NULL without a default"


def _is_required(column: Any) -> bool:
    kinds = {constraint.contype for constraint in column.constraints or ()}
    given = {enums.ConstrType.CONSTR_DEFAULT, enums.ConstrType.CONSTR_IDENTITY, enums.ConstrType.CONSTR_GENERATED}
    return bool(kinds & {enums.ConstrType.CONSTR_NOTNULL, enums.ConstrType.CONSTR_PRIMARY}) and not kinds & given


def _no_blocking_index(context: _Context) -> Iterator[str]:
    for index in _indexes(context):
        if not index.concurrent and context.is_existing(index.relation):
            yield f"index '{index.idxname}' blocks writes while it is built; build it CONCURRENTLY"
    for constraint in _added_constraints(context):
        is_key = constraint.contype in (enums.ConstrType.CONSTR_PRIMARY, enums.ConstrType.CONSTR_UNIQUE)
        if is_key and not constraint.indexname:
            yield f"key '{constraint.conname or '?'}' builds its index under a lock; give it one with USING INDEX"


def _no_blocking_constraint(context: _Context) -> Iterator[str]:
    for constraint in _added_constraints(context):
        checks_rows = constraint.contype in (enums.ConstrType.CONSTR_CHECK, enums.ConstrType.CONSTR_FOREIGN)
        if checks_rows and not constraint.skip_validation:
            yield f"constraint '{constraint.conname or '?'}' reads every row under a lock; add it NOT VALID first"


def _transaction_fits(context: _Context) -> Iterator[str]:
    concurrent = [node for node in context.statements if getattr(node, "concurrent", False)]
    if context.changeset.run_in_transaction and concurrent:
        yield "CONCURRENTLY needs 'runInTransaction:false'"
    if not context.changeset.run_in_transaction and len(concurrent) < len(context.statements):
        yield "runs outside a transaction what could run inside one"


def _no_hidden_code(context: _Context) -> Iterator[str]:
    if any(isinstance(node, ast.DoStmt) for node in context.statements):
        yield "a DO block hides its statements from these rules"


def _whole_identifiers(context: _Context) -> Iterator[str]:
    text = context.changeset.sql
    for token in parser.scan(text):
        name = text[token.start : token.end + 1].strip('"')
        if token.name in ("IDENT", "UIDENT") and (size := len(name.encode())) > LONGEST:
            yield f"identifier '{name}' has {size} bytes; PostgreSQL cuts it off after {LONGEST}"


def _commands(context: _Context) -> Iterator[Any]:
    for node in context.statements:
        if isinstance(node, ast.AlterTableStmt) and context.is_existing(node.relation):
            yield from node.cmds or ()


def _added_constraints(context: _Context) -> Iterator[Any]:
    for command in _commands(context):
        if command.subtype == enums.AlterTableType.AT_AddConstraint:
            yield command.def_
        elif command.subtype == enums.AlterTableType.AT_AddColumn:
            yield from command.def_.constraints or ()


def _indexes(context: _Context) -> Iterator[Any]:
    return (node for node in context.statements if isinstance(node, ast.IndexStmt))


def _table(relation: Any) -> _Table:
    return (relation.schemaname, relation.relname)


RULES: dict[str, Callable[[_Context], Iterator[str]]] = {
    "no-drop": _no_drop,
    "no-rename": _no_rename,
    "no-type-change": _no_type_change,
    "no-required-column": _no_required_column,
    "no-blocking-index": _no_blocking_index,
    "no-blocking-constraint": _no_blocking_constraint,
    "transaction-fits": _transaction_fits,
    "no-hidden-code": _no_hidden_code,
    "whole-identifiers": _whole_identifiers,
}
"""Rule by its id, as an exception names it."""
