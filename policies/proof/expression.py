"""Expressions without sub-selects or calls."""

from collections.abc import Callable
from typing import Any

import z3
from pglast import ast, enums

from policies.proof.casts import cast, unified
from policies.proof.gaps import Unmodelled
from policies.proof.logic import (
    Value,
    complement,
    conjunction,
    disjunction,
    either,
    first_present,
    is_false,
    is_true,
    negation,
    null_literal,
)
from policies.proof.operators import equal, is_distinct, null_if, operate
from policies.proof.scope import Scope
from policies.proof.sqltypes import BIGINT, BOOLEAN, INTEGER, UNTYPED, type_of_node
from policies.proof.texts import text_constant
from policies.proof.translation import translate, translates


@translates("A_Const")
def _constant(node: Any, scope: Scope) -> Value:
    if node.isnull:
        return null_literal()
    kind = type(node.val).__name__
    if kind == "Integer":
        return Value(INTEGER, z3.IntVal(node.val.ival or 0))
    if kind == "Boolean":
        return Value(BOOLEAN, z3.BoolVal(bool(node.val.boolval)))
    if kind == "String":
        return Value(UNTYPED, text_constant(node.val.sval), literal=node.val.sval)
    if kind == "Float" and node.val.fval.isdigit() and int(node.val.fval) <= BIGINT.bounds[1]:
        return Value(BIGINT, z3.IntVal(int(node.val.fval)))
    raise Unmodelled(f"constant of kind {kind}")


@translates("ColumnRef")
def _column(node: Any, scope: Scope) -> Value:
    if any(type(part).__name__ == "A_Star" for part in node.fields):
        raise Unmodelled("a whole row as a value")
    return scope.column(tuple(part.sval for part in node.fields))


@translates("ParamRef")
def _parameter(node: Any, scope: Scope) -> Value:
    try:
        return scope.parameters[f"${node.number}"]
    except KeyError:
        raise Unmodelled(f"parameter ${node.number}") from None


@translates("TypeCast")
def _cast(node: Any, scope: Scope) -> Value:
    return cast(translate(node.arg, scope), type_of_node(node.typeName))


@translates("BoolExpr")
def _boolean_expression(node: Any, scope: Scope) -> Value:
    operands = [condition(argument, scope) for argument in node.args]
    match node.boolop.name:
        case "AND_EXPR":
            return conjunction(operands)
        case "OR_EXPR":
            return disjunction(operands)
    return complement(operands[0])


def condition(node: Any, scope: Scope) -> Value:
    """The node as a Boolean."""
    value = translate(node, scope)
    return cast(value, BOOLEAN) if value.type is UNTYPED else _require_boolean(value)


def _require_boolean(value: Value) -> Value:
    if value.type != BOOLEAN:
        raise Unmodelled(f"{value.type.name} as a condition")
    return value


@translates("NullTest")
def _null_test(node: Any, scope: Scope) -> Value:
    value = translate(node.arg, scope)
    wants_null = node.nulltesttype.name == "IS_NULL"
    return Value(BOOLEAN, value.null if wants_null else negation(value.null), raises=value.raises)


@translates("BooleanTest")
def _boolean_test(node: Any, scope: Scope) -> Value:
    value = condition(node.arg, scope)
    tested = node.booltesttype.name.removeprefix("IS_").removeprefix("NOT_")
    answer = {"TRUE": is_true(value), "FALSE": is_false(value), "UNKNOWN": value.null}[tested]
    return Value(BOOLEAN, negation(answer) if "NOT_" in node.booltesttype.name else answer, raises=value.raises)


@translates("CoalesceExpr")
def _coalesce(node: Any, scope: Scope) -> Value:
    return first_present(unified(translate(argument, scope) for argument in node.args))


@translates("CaseExpr")
def _case(node: Any, scope: Scope) -> Value:
    conditions = [_case_condition(node, branch, scope) for branch in node.args]
    otherwise = translate(node.defresult, scope) if node.defresult else null_literal()
    *results, last = unified([*(translate(branch.result, scope) for branch in node.args), otherwise])
    for chosen, result in zip(reversed(conditions), reversed(results), strict=True):
        last = either(chosen, result, last)
    return last


def _case_condition(node: Any, branch: Any, scope: Scope) -> Value:
    if node.arg is None:
        return condition(branch.expr, scope)
    return equal(translate(node.arg, scope), translate(branch.expr, scope))


@translates("A_Expr")
def _operation(node: Any, scope: Scope) -> Value:
    kind = node.kind.name
    symbol = _symbol(node)
    if node.lexpr is None:
        raise Unmodelled(f"prefix operator {symbol}")
    if kind in _OVER_LISTS:
        return _OVER_LISTS[kind](node, scope, symbol)
    if type(node.lexpr).__name__ == "RowExpr":
        return _row_comparison(node, scope, symbol)
    if kind not in _OVER_PAIRS:
        raise Unmodelled(kind)
    return _OVER_PAIRS[kind](symbol, translate(node.lexpr, scope), translate(node.rexpr, scope))


def _symbol(node: Any) -> str:
    *schema, symbol = [part.sval for part in node.name]
    if schema and schema != ["pg_catalog"]:
        raise Unmodelled(f"operator {'.'.join(schema)}.{symbol}")
    return str(symbol)


def _row_comparison(node: Any, scope: Scope, symbol: str) -> Value:
    if symbol not in ("=", "<>") or type(node.rexpr).__name__ != "RowExpr":
        raise Unmodelled(f"rows compared with {symbol}")
    pairs = zip(node.lexpr.args, node.rexpr.args, strict=True)
    same = conjunction(equal(translate(left, scope), translate(right, scope)) for left, right in pairs)
    return same if symbol == "=" else complement(same)


def _in_list(node: Any, scope: Scope, symbol: str) -> Value:
    left, *items = unified([translate(node.lexpr, scope), *(translate(item, scope) for item in node.rexpr)])
    found = disjunction(equal(left, item) for item in items)
    return found if symbol == "=" else complement(found)


def _between(node: Any, scope: Scope, symbol: str) -> Value:
    value, least, greatest = unified(translate(part, scope) for part in (node.lexpr, *node.rexpr))
    inside = conjunction((operate(">=", value, least), operate("<=", value, greatest)))
    return inside if node.kind.name == "AEXPR_BETWEEN" else complement(inside)


def quantified(node: Any, scope: Scope, symbol: str) -> Value:
    """`left op ANY (array)` and `left op ALL (array)`."""
    if is_array_of_rows(node.rexpr) and node.kind.name == "AEXPR_OP_ANY":
        return translate(_as_any_row(node), scope)
    elements, kind = _array(node.rexpr)
    left, *items = [translate(node.lexpr, scope), *(translate(element, scope) for element in elements)]
    typed = [cast(item, kind) for item in items] if kind else items
    answers = [operate(symbol, *unified((left, item))) for item in typed]
    return disjunction(answers) if node.kind.name == "AEXPR_OP_ANY" else conjunction(answers)


def _array(node: Any) -> tuple[tuple[Any, ...], Any]:
    """The elements of an ARRAY constructor, under any array cast, and the type that the cast gives them."""
    if type(node).__name__ == "TypeCast" and node.typeName.arrayBounds:
        elements, _ = _array(node.arg)
        return elements, _element_type(node.typeName)
    if type(node).__name__ != "A_ArrayExpr":
        raise Unmodelled("an array that is not spelled out")
    return tuple(node.elements or ()), None


def _element_type(name: Any) -> Any:
    bounds, name.arrayBounds = name.arrayBounds, None
    try:
        return type_of_node(name)
    finally:
        name.arrayBounds = bounds


def is_array_of_rows(node: Any) -> bool:
    """Whether it is `ARRAY(SELECT ...)`."""
    return type(node).__name__ == "SubLink" and node.subLinkType.name == "ARRAY_SUBLINK"


def _as_any_row(node: Any) -> Any:
    """`x = ANY (ARRAY(SELECT y))` means `x = ANY (SELECT y)`."""
    return ast.SubLink(
        subLinkType=enums.SubLinkType.ANY_SUBLINK,
        testexpr=node.lexpr,
        operName=node.name,
        subselect=node.rexpr.subselect,
    )


_OVER_LISTS: dict[str, Callable[[Any, Scope, str], Value]] = {
    "AEXPR_IN": _in_list,
    "AEXPR_OP_ANY": quantified,
    "AEXPR_OP_ALL": quantified,
    "AEXPR_BETWEEN": _between,
    "AEXPR_NOT_BETWEEN": _between,
}
_OVER_PAIRS: dict[str, Callable[[str, Value, Value], Value]] = {
    "AEXPR_OP": operate,
    "AEXPR_LIKE": operate,
    "AEXPR_DISTINCT": lambda _, left, right: is_distinct(left, right),
    "AEXPR_NOT_DISTINCT": lambda _, left, right: complement(is_distinct(left, right)),
    "AEXPR_NULLIF": lambda _, left, right: null_if(left, right),
}
