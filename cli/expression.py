"""SQL expressions in one spelling, whether a person wrote them or PostgreSQL printed them."""

from __future__ import annotations

from typing import Any

from pglast import ast, parse_sql
from pglast.enums import A_Expr_Kind, BoolExprType
from pglast.parser import ParseError
from pglast.stream import RawStream
from pglast.visitors import Visitor


def one_spelling(expression: str | None) -> str | None:
    """The expression as PostgreSQL would keep it; where it does not parse, as it is."""
    if expression is None:
        return None
    try:
        statements = parse_sql(f"SELECT {expression}")
    except ParseError:
        return expression
    return str(RawStream()(_Spelling()(statements)[0].stmt.targetList[0].val))


class _Spelling(Visitor):
    """Writes out what the server writes out: BETWEEN, IN and LIKE; leaves out casts of constants and names."""

    def visit_A_Expr(self, _ancestors: Any, node: Any) -> Any:  # noqa: N802 pglast's name
        if node.kind == A_Expr_Kind.AEXPR_BETWEEN:
            low, high = node.rexpr
            bounds = (_compare(node.lexpr, ">=", low), _compare(node.lexpr, "<=", high))
            return ast.BoolExpr(boolop=BoolExprType.AND_EXPR, args=bounds)
        if node.kind == A_Expr_Kind.AEXPR_IN:
            is_in = node.name[0].sval == "="
            kind = A_Expr_Kind.AEXPR_OP_ANY if is_in else A_Expr_Kind.AEXPR_OP_ALL
            return ast.A_Expr(kind=kind, name=node.name, lexpr=node.lexpr, rexpr=ast.A_ArrayExpr(elements=node.rexpr))
        if node.kind == A_Expr_Kind.AEXPR_LIKE:
            return ast.A_Expr(kind=A_Expr_Kind.AEXPR_OP, name=node.name, lexpr=node.lexpr, rexpr=node.rexpr)
        return None

    def visit_TypeCast(self, _ancestors: Any, node: Any) -> Any:  # noqa: N802
        return node.arg if isinstance(node.arg, ast.A_Const) else None

    def visit_ResTarget(self, _ancestors: Any, node: Any) -> None:  # noqa: N802
        node.name = None


def _compare(left: Any, operator: str, right: Any) -> Any:
    return ast.A_Expr(kind=A_Expr_Kind.AEXPR_OP, name=(ast.String(operator),), lexpr=left, rexpr=right)
