"""Calls of PostgreSQL's own functions."""

from collections.abc import Callable
from typing import Any

import z3

from policies.proof import meanings
from policies.proof.casts import cast, unified
from policies.proof.gaps import Unmodelled
from policies.proof.logic import NO, Value, choose, strict
from policies.proof.operators import operate
from policies.proof.routines import call_routine, routines_named
from policies.proof.scope import Scope
from policies.proof.sqltypes import BOOLEAN, INTEGER, NAME, TEXT
from policies.proof.texts import is_constant, python_text, text_constant
from policies.proof.translation import SCALAR_FUNCTIONS, translate, translates

Builtin = Callable[..., Value]


@translates("FuncCall")
def _call(node: Any, scope: Scope) -> Value:
    *schema, name = [part.sval for part in node.funcname]
    if node.agg_star or node.agg_distinct or node.over or node.agg_filter or node.func_variadic or node.agg_order:
        raise Unmodelled(f"aggregate or window function {name}")
    arguments = [translate(argument, scope) for argument in node.args or ()]
    if schema and schema != ["pg_catalog"]:
        return call_routine(schema[-1], name, arguments, scope)
    if not schema and routines_named(name, scope):
        return call_routine(None, name, arguments, scope)
    return _builtin(name, arguments, scope)


def _builtin(name: str, arguments: list[Value], scope: Scope) -> Value:
    function = _BUILTINS.get(name)
    if function is None:
        raise Unmodelled(f"function {name}()")
    try:
        return function(scope, *arguments)
    except TypeError as error:
        raise Unmodelled(f"function {name}() with {len(arguments)} arguments") from error


def _current_setting(scope: Scope, name: Value, missing_ok: Value | None = None) -> Value:
    named = cast(name, TEXT)
    if not is_constant(named.term):
        raise Unmodelled("current_setting() of a name that is not constant")
    tolerant = cast(missing_ok, BOOLEAN) if missing_ok else Value(BOOLEAN, z3.BoolVal(False))
    return scope.question.session.current_setting(python_text(named.term), tolerant)


def _of_text(symbol: Any) -> Builtin:
    return lambda _, text: strict(TEXT, symbol, cast(text, TEXT))


def _length(_: Scope, text: Value) -> Value:
    return strict(INTEGER, z3.Length, cast(text, TEXT))


def _trim(_: Scope, text: Value, characters: Value | None = None) -> Value:
    if characters is not None and python_text(cast(characters, TEXT).term) != " ":
        raise Unmodelled("trim() of characters other than spaces")
    return strict(TEXT, meanings.trim, cast(text, TEXT))


def _left(_: Scope, text: Value, count: Value) -> Value:
    if not is_constant(count.term) or count.term.as_long() < 0:
        raise Unmodelled("left() of a length that is not a constant")
    return strict(TEXT, lambda term, size: z3.SubString(term, 0, size), cast(text, TEXT), count)


def _substring(_: Scope, text: Value, start: Value, count: Value | None = None) -> Value:
    first = _constant_number(start)
    size = None if count is None else _constant_number(count)
    if first < 1 or (size is not None and size < 0):
        raise Unmodelled("substring() from before the first character")
    text = cast(text, TEXT)
    length = z3.Length(text.term) if size is None else z3.IntVal(size)
    return strict(TEXT, lambda term: z3.SubString(term, first - 1, length), text)


def _constant_number(value: Value) -> int:
    if not z3.is_int_value(value.term) or not value.null.eq(NO):
        raise Unmodelled("substring() at a position that is not constant")
    return int(value.term.as_long())


def _position(_: Scope, text: Value, part: Value) -> Value:
    return strict(INTEGER, lambda whole, piece: z3.IndexOf(whole, piece, 0) + 1, cast(text, TEXT), cast(part, TEXT))


def _starts_with(_: Scope, text: Value, start: Value) -> Value:
    return operate("^@", text, start)


def _replace(_: Scope, *texts: Value) -> Value:
    if len(texts) != 3:
        raise Unmodelled("function replace()")
    return strict(TEXT, meanings.replace, *(cast(text, TEXT) for text in texts))


def _split_part(_: Scope, text: Value, separator: Value, position: Value) -> Value:
    return strict(
        TEXT, meanings.split_part, cast(text, TEXT), cast(separator, TEXT), position, error=position.term == 0
    )


def _concat(_: Scope, *parts: Value) -> Value:
    texts = [cast(part, TEXT) for part in parts]
    terms = [choose(text.null, text_constant(""), text.term) for text in texts]
    joined = z3.Concat(*terms) if len(terms) > 1 else terms[0]
    return Value(TEXT, joined, raises=z3.Or(*(text.raises for text in texts)))


def _greatest(symbol: str) -> Callable[[Any, Scope], Value]:
    def extreme(node: Any, scope: Scope) -> Value:
        first, *others = unified(translate(argument, scope) for argument in node.args)
        for other in others:
            better = operate(symbol, other, first)
            take = z3.Or(first.null, z3.And(z3.Not(other.null), better.term))
            first = Value(
                first.type,
                choose(take, other.term, first.term),
                z3.And(first.null, other.null),
                z3.Or(first.raises, other.raises),
            )
        return first

    return extreme


@translates("MinMaxExpr")
def _extreme(node: Any, scope: Scope) -> Value:
    return _greatest(">" if node.op.name == "IS_GREATEST" else "<")(node, scope)


@translates("SQLValueFunction")
def _keyword(node: Any, scope: Scope) -> Value:
    match node.op.name.removeprefix("SVFOP_"):
        case "CURRENT_USER" | "USER" | "CURRENT_ROLE":
            return Value(NAME, text_constant(scope.actor.current))
        case "SESSION_USER":
            return Value(NAME, text_constant(scope.actor.login))
        case "CURRENT_TIMESTAMP":
            return scope.question.session.now()
    raise Unmodelled(node.op.name.removeprefix("SVFOP_"))


def _now(scope: Scope) -> Value:
    return scope.question.session.now()


def _has_role(scope: Scope, *arguments: Value) -> Value:
    *who, role, privilege = [_constant_text(cast(argument, TEXT)) for argument in arguments]
    member = who[0] if who else scope.actor.current
    closures = {"usage": scope.catalog.inherited_roles, "member": scope.catalog.reachable_roles}
    closure = closures.get(privilege.lower())
    if closure is None:
        raise Unmodelled(f"pg_has_role(..., '{privilege}')")
    answer = scope.catalog.is_superuser(member) or role in closure(member)
    return Value(BOOLEAN, z3.BoolVal(answer))


def _constant_text(value: Value) -> str:
    if not is_constant(value.term) or not value.null.eq(NO):
        raise Unmodelled("pg_has_role() of a role that is not constant")
    return python_text(value.term)


_BUILTINS: dict[str, Builtin] = {
    "current_setting": _current_setting,
    "lower": _of_text(meanings.lower),
    "upper": _of_text(meanings.upper),
    "md5": _of_text(meanings.md5),
    "btrim": _trim,
    "length": _length,
    "char_length": _length,
    "character_length": _length,
    "left": _left,
    "substr": _substring,
    "substring": _substring,
    "strpos": _position,
    "position": _position,
    "starts_with": _starts_with,
    "replace": _replace,
    "split_part": _split_part,
    "concat": _concat,
    "now": _now,
    "transaction_timestamp": _now,
    "pg_has_role": _has_role,
    "current_user": lambda scope: Value(NAME, text_constant(scope.actor.current)),
    "session_user": lambda scope: Value(NAME, text_constant(scope.actor.login)),
    "uuid_eq": lambda _, left, right: operate("=", left, right),
    "texteq": lambda _, left, right: operate("=", left, right),
}
SCALAR_FUNCTIONS.update(_BUILTINS)
