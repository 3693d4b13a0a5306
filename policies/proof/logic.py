"""Three-valued logic over z3: a value is true, false, null, or raises an error.

Raising is read leniently: `AND` and `OR` may skip an operand that would raise, in any order, so what PostgreSQL
shows is always among what these formulas allow.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import z3

from policies.proof.sqltypes import BOOLEAN, UNTYPED, SqlType

Formula = Any
"""A z3 Boolean expression."""
YES: Formula = z3.BoolVal(True)
NO: Formula = z3.BoolVal(False)


def all_of(*parts: Formula) -> Formula:
    """Conjunction without constants and repetitions."""
    return _joined(parts, YES, NO, z3.And)


def any_of(*parts: Formula) -> Formula:
    """Disjunction without constants and repetitions."""
    return _joined(parts, NO, YES, z3.Or)


def _joined(parts: Iterable[Formula], neutral: Formula, decisive: Formula, join: Callable[..., Formula]) -> Formula:
    kept = {part.get_id(): part for part in parts}
    if decisive.get_id() in kept:
        return decisive
    kept.pop(neutral.get_id(), None)
    if not kept:
        return neutral
    return next(iter(kept.values())) if len(kept) == 1 else join(*kept.values())


def negation(part: Formula) -> Formula:
    """The opposite, with constants and double negations folded."""
    if part.eq(YES):
        return NO
    if part.eq(NO):
        return YES
    return part.arg(0) if z3.is_not(part) else z3.Not(part)


def choose(condition: Formula, then: Any, otherwise: Any) -> Any:
    """`then` where the condition holds, else `otherwise`."""
    if condition.eq(YES) or then.eq(otherwise):
        return then
    return otherwise if condition.eq(NO) else z3.If(condition, then, otherwise)


@dataclass(frozen=True)
class Value:
    """An SQL value: `term` counts where it is neither null nor raises. `literal` is an untyped literal's text."""

    type: SqlType
    term: Any
    null: Formula = NO
    raises: Formula = NO
    literal: str | None = None

    @property
    def present(self) -> Formula:
        """The value is there: no error, not null."""
        return all_of(negation(self.raises), negation(self.null))


def null_of(kind: SqlType) -> Value:
    """NULL of the type."""
    return Value(kind, z3.FreshConst(kind.sort, "null"), null=YES, literal=None)


def null_literal() -> Value:
    """The bare word NULL, whose type the context decides."""
    return null_of(UNTYPED)


def truth(formula: Formula) -> Value:
    """A Boolean that is never null."""
    return Value(BOOLEAN, formula)


def is_true(value: Value) -> Formula:
    """What WHERE, USING and WITH CHECK ask for."""
    return all_of(value.present, value.term)


def is_false(value: Value) -> Formula:
    """Neither null nor true."""
    return all_of(value.present, negation(value.term))


def conjunction(values: Iterable[Value]) -> Value:
    """SQL's AND."""
    operands = tuple(values)
    refuted = any_of(*map(is_false, operands))
    raises = all_of(negation(refuted), any_of(*(value.raises for value in operands)))
    null = all_of(negation(refuted), any_of(*(value.null for value in operands)))
    return Value(BOOLEAN, negation(refuted), null, raises)


def complement(value: Value) -> Value:
    """SQL's NOT."""
    return Value(BOOLEAN, negation(value.term), value.null, value.raises)


def disjunction(values: Iterable[Value]) -> Value:
    """SQL's OR."""
    return complement(conjunction(map(complement, values)))


def strict(kind: SqlType, operation: Callable[..., Any], *arguments: Value, error: Formula = NO) -> Value:
    """A function that is null on null; `error` is where it raises on arguments that are all present."""
    raised = any_of(*(argument.raises for argument in arguments))
    null = any_of(*(argument.null for argument in arguments))
    failed = all_of(error, negation(null))
    return Value(kind, operation(*(argument.term for argument in arguments)), null, any_of(raised, failed))


def either(condition: Value, then: Value, otherwise: Value) -> Value:
    """CASE WHEN condition THEN then ELSE otherwise END, both of one type."""
    chosen = is_true(condition)
    return Value(
        then.type,
        choose(chosen, then.term, otherwise.term),
        choose(chosen, then.null, otherwise.null),
        any_of(condition.raises, choose(chosen, then.raises, otherwise.raises)),
    )


def first_present(values: Iterable[Value]) -> Value:
    """COALESCE of values of one type."""
    *before, last = values
    result = last
    for value in reversed(before):
        missing = value.null
        result = Value(
            value.type,
            choose(missing, result.term, value.term),
            all_of(missing, result.null),
            any_of(value.raises, all_of(missing, result.raises)),
        )
    return result
