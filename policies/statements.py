"""SQL statements by what they do to what is already there."""

from collections.abc import Iterator
from typing import Any

from pglast import ast, parse_sql
from pglast.enums import AlterTableType, ObjectType
from pglast.parser import ParseError
from pglast.stream import RawStream

from policies.rule import Unknown

_DROPPED = (ObjectType.OBJECT_TABLE, ObjectType.OBJECT_SCHEMA, ObjectType.OBJECT_COLUMN, ObjectType.OBJECT_VIEW)
_COMMANDS = (AlterTableType.AT_DropColumn, AlterTableType.AT_AlterColumnType)


def destructive_statements(text: str) -> Iterator[str]:
    """The statements after which an older application no longer finds what it knew. Raises Unknown on bad SQL."""
    try:
        statements = parse_sql(text)
    except ParseError as error:
        raise Unknown(f"cannot be parsed: {error.args[0]}") from error
    for statement in (raw.stmt for raw in statements if raw.stmt is not None):
        if _is_destructive(statement):
            yield str(RawStream()(statement))


def _is_destructive(statement: Any) -> bool:
    if isinstance(statement, ast.DropStmt):
        return statement.removeType in _DROPPED
    if isinstance(statement, ast.RenameStmt):
        return statement.renameType in _DROPPED
    if isinstance(statement, ast.AlterTableStmt):
        return any(command.subtype in _COMMANDS for command in statement.cmds or ())
    return isinstance(statement, ast.TruncateStmt)
