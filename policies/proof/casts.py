"""Casts between modelled types, and what an untyped literal becomes."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import z3

from policies.proof import spelling
from policies.proof.gaps import Unmodelled
from policies.proof.logic import NO, Formula, Value, choose, negation, null_of, strict
from policies.proof.meanings import (
    boolean_of,
    boolean_valid,
    integer_of,
    integer_text,
    integer_valid,
    uuid_of,
    uuid_text,
    uuid_valid,
)
from policies.proof.sqltypes import TEXT, UNTYPED, Family, SqlType
from policies.proof.texts import text_constant


def cast(value: Value, target: SqlType) -> Value:
    """`value::target`. Raises Unmodelled where the cast has no exact model."""
    if value.type is UNTYPED:
        return _typed(value, target)
    conversion = _CASTS.get((value.type.family, target.family))
    if conversion is None:
        raise Unmodelled(f"cast of {value.type.name} to {target.name}")
    return conversion(value, target)


def _typed(value: Value, target: SqlType) -> Value:
    if value.literal is None:
        return null_of(target)
    text = value.literal
    if target.family is Family.TEXT:
        return replace(value, type=target, term=text_constant(_cut(text, target)), literal=None)
    parse = _LITERALS.get(target.family)
    parsed = parse(text) if parse else None
    if parsed is None:
        raise Unmodelled(f"the literal '{text}' as {target.name}")
    return Value(target, parsed)


def _cut(text: str, target: SqlType) -> str:
    if target.name == "name" and len(text.encode()) > 63:
        raise Unmodelled("a name of more than 63 bytes")
    return text[: target.length] if target.length else text


def _uuid_literal(text: str) -> Any:
    number = spelling.uuid_from(text)
    return None if number is None else z3.BitVecVal(number, 128)


def _integer_literal(text: str) -> Any:
    number = spelling.integer_from(text)
    return None if number is None else z3.IntVal(number)


def _boolean_literal(text: str) -> Any:
    found = spelling.boolean_from(text)
    return None if found is None else z3.BoolVal(found)


_LITERALS: dict[Family, Callable[[str], Any]] = {
    Family.UUID: _uuid_literal,
    Family.INTEGER: _integer_literal,
    Family.BOOLEAN: _boolean_literal,
}


def outside(term: Any, target: SqlType) -> Formula:
    """The integer does not fit the type."""
    least, greatest = target.bounds
    if z3.is_int_value(term):
        return z3.BoolVal(not least <= term.as_long() <= greatest)
    return z3.Or(term < least, term > greatest)


def _same(value: Value, target: SqlType) -> Value:
    if value.type.name != target.name:
        raise Unmodelled(f"cast of {value.type.name} to {target.name}")
    return value


def _integer_width(value: Value, target: SqlType) -> Value:
    narrower = value.type.bounds[1] > target.bounds[1]
    error = outside(value.term, target) if narrower else NO
    return strict(target, lambda term: term, value, error=error)


def _text_length(value: Value, target: SqlType) -> Value:
    if target.name == "name" and value.type.name != "name":
        raise Unmodelled("cast of text to name")
    if target.length is None:
        return replace(value, type=target)
    return strict(target, lambda text: z3.SubString(text, 0, target.length), value)


def _text_to_uuid(value: Value, target: SqlType) -> Value:
    return strict(target, uuid_of, value, error=negation(uuid_valid(value.term)))


def _text_to_integer(value: Value, target: SqlType) -> Value:
    number = integer_of(value.term)
    error = z3.Or(z3.Not(integer_valid(value.term)), outside(number, target))
    return strict(target, lambda _: number, value, error=error)


def _text_to_boolean(value: Value, target: SqlType) -> Value:
    return strict(target, boolean_of, value, error=negation(boolean_valid(value.term)))


def _boolean_to_text(value: Value, target: SqlType) -> Value:
    shown = strict(TEXT, lambda term: choose(term, text_constant("true"), text_constant("false")), value)
    return _text_length(shown, target)


def _boolean_to_integer(value: Value, target: SqlType) -> Value:
    return strict(target, lambda term: choose(term, z3.IntVal(1), z3.IntVal(0)), value)


_CASTS: dict[tuple[Family, Family], Callable[[Value, SqlType], Value]] = {
    (Family.BOOLEAN, Family.BOOLEAN): _same,
    (Family.UUID, Family.UUID): _same,
    (Family.MOMENT, Family.MOMENT): _same,
    (Family.OPAQUE, Family.OPAQUE): _same,
    (Family.INTEGER, Family.INTEGER): _integer_width,
    (Family.TEXT, Family.TEXT): _text_length,
    (Family.TEXT, Family.UUID): _text_to_uuid,
    (Family.TEXT, Family.INTEGER): _text_to_integer,
    (Family.TEXT, Family.BOOLEAN): _text_to_boolean,
    (Family.UUID, Family.TEXT): lambda value, target: _text_length(strict(TEXT, uuid_text, value), target),
    (Family.INTEGER, Family.TEXT): lambda value, target: _text_length(strict(TEXT, integer_text, value), target),
    (Family.INTEGER, Family.BOOLEAN): lambda value, target: strict(target, lambda term: term != 0, value),
    (Family.BOOLEAN, Family.TEXT): _boolean_to_text,
    (Family.BOOLEAN, Family.INTEGER): _boolean_to_integer,
}


def unified(values: Iterable[Value]) -> list[Value]:
    """The values in one type, as CASE, COALESCE, ARRAY and `=` make them: literals follow what is typed."""
    operands = list(values)
    typed = [value.type for value in operands if value.type is not UNTYPED]
    target = max(typed, key=_preference, default=TEXT)
    return [_unify(value, target) for value in operands]


def _preference(kind: SqlType) -> int:
    if kind.family is Family.INTEGER:
        return kind.bounds[1]
    return 1 if kind.name == "text" else 0


def _unify(value: Value, target: SqlType) -> Value:
    if value.type is UNTYPED:
        return cast(value, target)
    by_name = target.family in (Family.MOMENT, Family.OPAQUE) and value.type.name != target.name
    if value.type.family is not target.family or by_name:
        raise Unmodelled(f"{value.type.name} and {target.name} in one expression")
    return replace(value, type=target)
