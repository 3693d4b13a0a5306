"""Policy expressions as trees: what a filter compares, and whether it is the tenant filter."""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from pglast import ast, parse_sql
from pglast.enums import A_Expr_Kind, BoolExprType, SubLinkType
from pglast.parser import ParseError
from pglast.visitors import Visitor

from policies.tenant_context import CURRENT_TENANT

TENANT_SETTING = "app.tenant_id"
Node = Any
Gives = Callable[[ast.FuncCall], bool]
"""Whether a call gives the session's tenant."""


@cache
def parse_expression(text: str) -> Node | None:
    """The tree of an SQL expression, None where pglast cannot read it."""
    try:
        return _first_target(parse_sql(f"SELECT {text}")[0].stmt)
    except ParseError:
        return None


def _first_target(select: Node) -> Node:
    return select.targetList[0].val


def plain(node: Node) -> Node:
    """The node without casts around it."""
    while isinstance(node, ast.TypeCast):
        node = node.arg
    return node


def conjuncts(node: Node) -> Iterator[Node]:
    """What has to hold together."""
    if isinstance(node, ast.BoolExpr) and node.boolop == BoolExprType.AND_EXPR:
        for part in node.args or ():
            yield from conjuncts(part)
    else:
        yield node


def is_tenant_filter(text: str | None, key: str, *, signed: bool = False) -> bool:
    """Whether no row passes unless its key equals the tenant; more conditions only narrow it.

    The tenant is what the setting says or, where the context is signed, what its function gives.
    """
    tree = parse_expression(text) if text else None
    return tree is not None and _filters(tree, key, _gives_tenant if signed else _reads_setting)


def _filters(node: Node, key: str, gives: Gives) -> bool:
    if isinstance(node, ast.BoolExpr) and node.boolop == BoolExprType.AND_EXPR:
        return any(_filters(part, key, gives) for part in conjuncts(node))
    if isinstance(node, ast.BoolExpr) and node.boolop == BoolExprType.OR_EXPR:
        return all(_filters(part, key, gives) for part in node.args or ())
    if isinstance(node, ast.CaseExpr):
        results = [*(when.result for when in node.args or ()), *((node.defresult,) if node.defresult else ())]
        return all(_is_false(result) or _filters(result, key, gives) for result in results)
    return _compares_key(node, key, gives) or _looks_key_up(node, key, gives)


def _is_false(node: Node) -> bool:
    node = plain(node)
    return isinstance(node, ast.A_Const) and (
        bool(node.isnull) or (isinstance(node.val, ast.Boolean) and not node.val.boolval)
    )


def _compares_key(node: Node, key: str, gives: Gives) -> bool:
    if not isinstance(node, ast.A_Expr) or node.kind != A_Expr_Kind.AEXPR_OP or _operator(node) != "=":
        return False
    sides = (plain(node.lexpr), plain(node.rexpr))
    return any(_is_column(a, key) and _is_tenant(b, gives) for a, b in (sides, sides[::-1]))


def _looks_key_up(node: Node, key: str, gives: Gives) -> bool:
    """`key IN (SELECT setting)`, which is one more way to write the comparison."""
    if not isinstance(node, ast.SubLink) or node.subLinkType != SubLinkType.ANY_SUBLINK or node.operName:
        return False
    select: Node = node.subselect
    is_bare = _is_bare_select(select) and len(select.targetList or ()) == 1
    return is_bare and _is_column(plain(node.testexpr), key) and _is_tenant(_first_target(select), gives)


def _operator(node: ast.A_Expr) -> str:
    return "".join(str(part.sval) for part in node.name or ())


def _is_column(node: Node, name: str) -> bool:
    last = node.fields[-1] if isinstance(node, ast.ColumnRef) and node.fields else None
    return isinstance(last, ast.String) and last.sval == name


def _is_tenant(node: Node, gives: Gives) -> bool:
    """Whether the node is the tenant, NULL or an error where there is none: never a default."""
    node = plain(node)
    if isinstance(node, ast.SubLink) and node.subLinkType == SubLinkType.EXPR_SUBLINK:
        return _is_bare_select(node.subselect) and _is_tenant(_first_target(node.subselect), gives)
    if isinstance(node, ast.A_Expr) and node.kind == A_Expr_Kind.AEXPR_NULLIF:
        return _is_tenant(node.lexpr, gives) and _constant(node.rexpr) == ""
    return isinstance(node, ast.FuncCall) and gives(node)


def _is_bare_select(select: Node) -> bool:
    return isinstance(select, ast.SelectStmt) and not (select.fromClause or select.whereClause or select.valuesLists)


def _reads_setting(call: ast.FuncCall) -> bool:
    name = tuple(str(part.sval) for part in call.funcname or ())
    return (
        name in (("current_setting",), ("pg_catalog", "current_setting"))
        and bool(call.args)
        and _constant((call.args or [None])[0]) == TENANT_SETTING
    )


def _gives_tenant(call: ast.FuncCall) -> bool:
    return tuple(str(part.sval) for part in call.funcname or ()) == CURRENT_TENANT


def _constant(node: Node) -> str | None:
    node = plain(node)
    return node.val.sval if isinstance(node, ast.A_Const) and isinstance(node.val, ast.String) else None


def is_always_true(text: str | None) -> bool:
    """Whether the expression is a constant truth."""
    node = plain(parse_expression(text)) if text else None
    if isinstance(node, ast.A_Const) and isinstance(node.val, ast.Boolean):
        return bool(node.val.boolval)
    if isinstance(node, ast.A_Expr) and node.kind == A_Expr_Kind.AEXPR_OP and _operator(node) == "=":
        return isinstance(plain(node.lexpr), ast.A_Const) and repr(node.lexpr) == repr(node.rexpr)
    return False


class _Finder(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.functions: list[tuple[str, ...]] = []
        self.bare_settings = 0
        self.tables: list[str] = []
        self.subselects = 0

    def visit_FuncCall(self, ancestors: Any, node: ast.FuncCall) -> None:  # noqa: N802 pglast calls it by this name
        self.functions.append(tuple(str(part.sval) for part in node.funcname or ()))
        if (_reads_setting(node) or _gives_tenant(node)) and not _is_inside_sublink(ancestors):
            self.bare_settings += 1

    def visit_RangeVar(self, _: Any, node: ast.RangeVar) -> None:  # noqa: N802 pglast calls it by this name
        self.tables.append(f"{node.schemaname}.{node.relname}" if node.schemaname else str(node.relname))


def _is_inside_sublink(ancestors: Any) -> bool:
    while ancestors is not None:
        if isinstance(ancestors.node, ast.SubLink):
            return True
        ancestors = ancestors.parent
    return False


def _find(text: str | None) -> _Finder:
    finder = _Finder()
    tree = parse_expression(text) if text else None
    if tree is not None:
        finder(tree)
    return finder


def functions_called(text: str | None) -> list[tuple[str, ...]]:
    """Names of the functions in an expression, with their schema where one is given."""
    return _find(text).functions


def tables_read(text: str | None) -> list[str]:
    """Tables that the expression's sub-selects read."""
    return _find(text).tables


def reads_setting_per_row(text: str | None) -> bool:
    """Whether the tenant is asked for outside a sub-select, where PostgreSQL may evaluate it for every row."""
    return _find(text).bare_settings > 0
