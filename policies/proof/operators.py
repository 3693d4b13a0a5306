"""SQL's operators over values."""

from collections.abc import Callable
from typing import Any

import z3

from policies.proof.casts import cast, outside, unified
from policies.proof.gaps import Unmodelled
from policies.proof.logic import (
    Value,
    all_of,
    any_of,
    choose,
    complement,
    strict,
)
from policies.proof.patterns import like
from policies.proof.sqltypes import BOOLEAN, TEXT, UNTYPED, Family, SqlType, require_comparable

Operation = Callable[[Value, Value], Value]


def operate(symbol: str, left: Value, right: Value) -> Value:
    """`left symbol right`. Raises Unmodelled for an operator without an exact model."""
    operation = _OPERATIONS.get(symbol)
    if operation is None:
        raise Unmodelled(f"operator {symbol}")
    return operation(left, right)


def equal(left: Value, right: Value) -> Value:
    """`left = right`."""
    first, second = unified((left, right))
    require_comparable(first.type, second.type)
    return strict(BOOLEAN, lambda one, other: one == other, first, second)


def is_distinct(left: Value, right: Value) -> Value:
    """`left IS DISTINCT FROM right`: never null."""
    same = equal(left, right)
    one, other = unified((left, right))
    both, neither = all_of(one.null, other.null), all_of(z3.Not(one.null), z3.Not(other.null))
    return Value(
        BOOLEAN, choose(both, z3.BoolVal(False), any_of(z3.Not(neither), z3.Not(same.term))), raises=same.raises
    )


def null_if(left: Value, right: Value) -> Value:
    """`NULLIF(left, right)`."""
    same = equal(left, right)
    value = cast(left, right.type if right.type is not UNTYPED else TEXT) if left.type is UNTYPED else left
    return Value(value.type, value.term, any_of(value.null, all_of(same.present, same.term)), same.raises)


def _ordered(compare: Callable[[Any, Any], Any], unsigned: Callable[[Any, Any], Any]) -> Operation:
    def operation(left: Value, right: Value) -> Value:
        first, second = unified((left, right))
        require_comparable(first.type, second.type)
        if first.type.family is Family.UUID:
            return strict(BOOLEAN, unsigned, first, second)
        if first.type.family in (Family.INTEGER, Family.MOMENT):
            return strict(BOOLEAN, compare, first, second)
        raise Unmodelled(f"order of {first.type.name} values")

    return operation


def _arithmetic(compute: Callable[[Any, Any], Any]) -> Operation:
    def operation(left: Value, right: Value) -> Value:
        first, second = unified((left, right))
        if first.type.family is not Family.INTEGER:
            raise Unmodelled(f"arithmetic on {first.type.name}")
        kind = _wider(first.type, second.type)
        return strict(kind, compute, first, second, error=outside(compute(first.term, second.term), kind))

    return operation


def _wider(left: SqlType, right: SqlType) -> SqlType:
    return max((left, right), key=lambda kind: kind.bounds[1])


def _concatenate(left: Value, right: Value) -> Value:
    if Family.TEXT not in (left.type.family, right.type.family) and UNTYPED not in (left.type, right.type):
        raise Unmodelled(f"{left.type.name} || {right.type.name}")
    first, second = cast(left, TEXT), cast(right, TEXT)
    return strict(TEXT, z3.Concat, first, second)


def _starts_with(left: Value, right: Value) -> Value:
    return strict(BOOLEAN, lambda text, start: z3.PrefixOf(start, text), cast(left, TEXT), cast(right, TEXT))


def _like(left: Value, right: Value) -> Value:
    return like(cast(left, TEXT), cast(right, TEXT))


_OPERATIONS: dict[str, Operation] = {
    "=": equal,
    "<>": lambda left, right: complement(equal(left, right)),
    "!=": lambda left, right: complement(equal(left, right)),
    "<": _ordered(lambda one, other: one < other, z3.ULT),
    "<=": _ordered(lambda one, other: one <= other, z3.ULE),
    ">": _ordered(lambda one, other: one > other, z3.UGT),
    ">=": _ordered(lambda one, other: one >= other, z3.UGE),
    "+": _arithmetic(lambda one, other: one + other),
    "-": _arithmetic(lambda one, other: one - other),
    "||": _concatenate,
    "^@": _starts_with,
    "~~": _like,
    "!~~": lambda left, right: complement(_like(left, right)),
}
