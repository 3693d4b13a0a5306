"""A value that a column accepts, from its type and its CHECK constraints."""

import re
import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from pglast import ast, parse_sql
from pglast.enums import A_Expr_Kind
from pglast.visitors import Visitor

from policies.facts.relations import Column, Relation

_LENGTH = re.compile(r"\((\d+)\)")
_NUMBERS = ("smallint", "integer", "bigint", "numeric", "real", "double precision")


def plain_value(column: Column, position: int) -> Any:
    """A value of the column's type; texts are unique, moments ascend with the position in the table."""
    kind = column.type.partition("(")[0]
    if column.labels:
        return column.labels[0]
    if kind in ("text", "character varying", "character"):
        return _text(column.type)
    if kind.startswith("timestamp"):
        return datetime.now(UTC) + timedelta(hours=position)
    if kind in _NUMBERS:
        return 1
    return _other_value(kind, position)


def _other_value(kind: str, position: int) -> Any:
    if kind.endswith("[]"):
        return "{}"
    fixed = {
        "uuid": str(uuid.uuid4()),
        "boolean": False,
        "date": date.today() + timedelta(days=position),
        "json": "{}",
        "jsonb": "{}",
        "bytea": b"probe",
        "inet": "127.0.0.1",
        "interval": "1 hour",
    }
    return fixed.get(kind, "1")


def _text(type_name: str) -> str:
    limit = _LENGTH.search(type_name)
    text = f"probe-{uuid.uuid4().hex}"
    return text[-int(limit[1]) :] if limit else text


def checked_values(relation: Relation) -> dict[str, Any]:
    """Column -> value that a CHECK constraint asks for: the first of a list, or the bound of a comparison."""
    found: dict[str, Any] = {}
    for constraint in relation.constraints:
        if constraint.kind == "check":
            for column, value in _demands(constraint.definition):
                found.setdefault(column, value)
    return found


def _demands(definition: str) -> Iterator[tuple[str, Any]]:
    expression = definition.removeprefix("CHECK ").removesuffix(" NOT VALID").removesuffix(" NO INHERIT")
    visitor = _Demands()
    visitor(parse_sql(f"SELECT {expression}"))
    yield from visitor.found


class _Demands(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, Any]] = []

    def visit_A_Expr(self, _: Any, node: ast.A_Expr) -> None:  # noqa: N802 pglast calls it by this name
        column = _column_of(node.lexpr)
        if column is None:
            return
        if node.kind in (A_Expr_Kind.AEXPR_OP_ANY, A_Expr_Kind.AEXPR_IN):
            self.found.extend((column, value) for value in _constants(node.rexpr)[:1])
        elif node.kind == A_Expr_Kind.AEXPR_OP:
            self.found.extend((column, value) for value in _bound(_operator(node), _constants(node.rexpr)))


def _operator(node: ast.A_Expr) -> str:
    return "".join(str(part.sval) for part in node.name or ())


def _bound(operator: str, constants: list[Any]) -> list[Any]:
    if operator in ("=", ">=", "<="):
        return constants[:1]
    if operator == ">" and constants and isinstance(constants[0], int):
        return [constants[0] + 1]
    return []


def _column_of(node: Any) -> str | None:
    while isinstance(node, ast.TypeCast):
        node = node.arg
    last = node.fields[-1] if isinstance(node, ast.ColumnRef) and node.fields else None
    return str(last.sval) if isinstance(last, ast.String) else None


def _constants(node: Any) -> list[Any]:
    if isinstance(node, ast.TypeCast):
        return _constants(node.arg)
    if isinstance(node, ast.A_ArrayExpr):
        return [value for element in node.elements or () for value in _constants(element)]
    if isinstance(node, tuple | list):
        return [value for element in node for value in _constants(element)]
    if isinstance(node, ast.A_Const) and not node.isnull:
        return [node.val.ival if isinstance(node.val, ast.Integer) else getattr(node.val, "sval", None)]
    return []
