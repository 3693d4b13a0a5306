"""Scripts in order, each statement to the function that follows it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from pglast import ast, parse_plpgsql, parse_sql
from pglast.parser import ParseError

from infra.model.errors import CannotCheck
from policies.facts.catalog import Catalog
from policies.sources.rendered_sql import alter, objects, policies, privileges, roles, routines, tables
from policies.sources.rendered_sql.state import SUPERUSER, Database
from policies.sources.rendered_sql.text import sql_of


@dataclass(frozen=True, slots=True)
class Script:
    """SQL as one session runs it: `name` for messages, `role` who runs it, `search_path` where it starts."""

    name: str
    text: str
    role: str = SUPERUSER
    search_path: tuple[str, ...] = ("public",)


def read_sql(scripts: Iterable[Script], instance: str, database: str = "aqstream") -> Catalog:
    """The catalog after all scripts; what could not be followed is in its `unmodelled`.

    Raises CannotCheck naming the script that PostgreSQL's parser refuses.
    """
    state = Database(database, instance)
    for script in scripts:
        state.log_in(script.role, script.search_path)
        _run(state, script)
    return state.catalog()


def _run(state: Database, script: Script) -> None:
    try:
        statements = parse_sql(script.text)
    except ParseError as error:
        raise CannotCheck(f"{script.name}: {error.args[0]}", "correct the SQL") from error
    for raw in statements:
        follow(state, raw.stmt)


def follow(state: Database, statement: Any) -> None:
    """Apply one statement, or note that it is not understood."""
    run = _STATEMENTS.get(type(statement))
    if run is not None:
        run(state, statement)
    elif not isinstance(statement, _NO_FACTS):
        state.unmodelled.append(sql_of(statement))


def run_block(state: Database, statement: ast.DoStmt) -> None:
    """DO: the plain statements of its body in order, whatever conditions stand around them.

    A role or object that is there already stays as it is, so IF NOT EXISTS blocks need no evaluation. Statements that
    the block puts together while it runs cannot be followed.
    """
    (body,) = (node.arg.sval for node in statement.args or () if node.defname == "as")
    try:
        parsed = parse_plpgsql(_BLOCK.format(body=body))
        queries = [raw.stmt for text in _static_statements(parsed) for raw in parse_sql(text)]
    except ParseError:
        state.unmodelled.append(sql_of(statement))
        return
    if any(_has(parsed, kind) for kind in _DYNAMIC):
        state.unmodelled.append(sql_of(statement))
    for query in queries:
        follow(state, query)


_DYNAMIC = ("PLpgSQL_stmt_dynexecute", "PLpgSQL_stmt_dynfors", "PLpgSQL_stmt_call")
_BLOCK = "CREATE FUNCTION block() RETURNS void LANGUAGE plpgsql AS $aqdata$ {body} $aqdata$"


def _static_statements(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for item in node:
            yield from _static_statements(item)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key == "PLpgSQL_stmt_execsql":
                yield value["sqlstmt"]["PLpgSQL_expr"]["query"]
            elif key == "PLpgSQL_stmt_perform":
                yield value["expr"]["PLpgSQL_expr"]["query"]
            else:
                yield from _static_statements(value)


def _has(node: Any, kind: str) -> bool:
    if isinstance(node, list):
        return any(_has(each, kind) for each in node)
    return isinstance(node, dict) and (kind in node or any(_has(each, kind) for each in node.values()))


_NO_FACTS = (
    ast.InsertStmt,
    ast.UpdateStmt,
    ast.DeleteStmt,
    ast.TransactionStmt,
    ast.NotifyStmt,
    ast.VacuumStmt,
    ast.CopyStmt,
    ast.CreateForeignServerStmt,
    ast.CreateStatsStmt,
    ast.CreatedbStmt,
    ast.LockStmt,
    ast.CheckPointStmt,
)
_STATEMENTS: dict[type, Callable[[Database, Any], None]] = {
    ast.AlterDatabaseSetStmt: roles.alter_database_set,
    ast.AlterDefaultPrivilegesStmt: privileges.alter_default_privileges,
    ast.AlterEventTrigStmt: routines.alter_event_trigger,
    ast.AlterFunctionStmt: routines.alter_function,
    ast.AlterOwnerStmt: objects.alter_owner,
    ast.AlterPolicyStmt: policies.alter_policy,
    ast.AlterRoleSetStmt: roles.alter_role_set,
    ast.AlterRoleStmt: roles.alter_role,
    ast.AlterSystemStmt: roles.alter_system,
    ast.AlterTableStmt: alter.alter_table,
    ast.CommentStmt: objects.comment,
    ast.CreateEnumStmt: routines.create_enum,
    ast.CreateEventTrigStmt: routines.create_event_trigger,
    ast.CreateExtensionStmt: objects.create_extension,
    ast.CreateForeignTableStmt: tables.create_table,
    ast.CreateFunctionStmt: routines.create_function,
    ast.CreatePLangStmt: routines.create_language,
    ast.CreatePolicyStmt: policies.create_policy,
    ast.CreatePublicationStmt: objects.create_publication,
    ast.CreateRoleStmt: roles.create_role,
    ast.CreateSchemaStmt: objects.create_schema,
    ast.CreateSeqStmt: objects.create_sequence,
    ast.CreateStmt: tables.create_table,
    ast.CreateTableAsStmt: objects.create_table_as,
    ast.CreateTrigStmt: policies.create_trigger,
    ast.DoStmt: run_block,
    ast.DropRoleStmt: roles.drop_role,
    ast.DropStmt: objects.drop,
    ast.GrantRoleStmt: roles.grant_role,
    ast.GrantStmt: privileges.grant,
    ast.IndexStmt: tables.create_index,
    ast.RenameStmt: alter.rename,
    ast.RuleStmt: policies.create_rule,
    ast.SelectStmt: objects.call,
    ast.VariableSetStmt: roles.set_variable,
    ast.ViewStmt: objects.create_view,
}
